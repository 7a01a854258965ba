"""What becomes of the generator of a stream whose client has left before its end."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

CHUNKS, EVERY_S, SILENCE_S = 20, 0.025, 0.5
"""A stream lasts half a second: a chunk every 25 ms, or one chunk and then silence for as long."""

seen: dict[str, dict[str, Any]] = {}
"""By stream: whether its generator has ended, by what, how many chunks it had made, and when (monotonic clock)."""


@contextmanager
def watched(name: str) -> Iterator[Iterator[int]]:
    """Around the body of a generator: gives the numbers to make chunks of, and notes how the generator ends."""
    told = seen[name] = {"closed": False, "by": None, "chunks": 0, "at_s": None}
    error: BaseException | None = None
    try:
        yield _counted(told)
    except BaseException as raised:
        error = raised
        raise
    finally:
        told |= {"closed": True, "by": type(error).__name__ if error else "its own end", "at_s": time.perf_counter()}


def _counted(told: dict[str, Any]) -> Iterator[int]:
    for number in range(CHUNKS):
        told["chunks"] += 1
        yield number
