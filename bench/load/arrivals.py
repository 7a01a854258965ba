"""When the requests of an open load fall due: a schedule that no answer changes."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

from bench.load.messages import Arrivals


def offsets_ns(arrivals: Arrivals, part: int = 0, parts: int = 1) -> Iterator[int]:
    """Nanoseconds from the schedule's start, without end: one client's share, where several keep one schedule.

    Evenly spread, arrival k is due at k / rate, and client `part` takes every `parts`th. Poisson's are independent: the
    clients' streams, each of a `parts`th of the rate, add up to one of the whole rate.
    """
    if arrivals.spread == "constant":
        apart_ns = 1e9 / arrivals.rate
        return (round(k * apart_ns) for k in itertools.count(part, parts))
    return _poisson_ns(arrivals.rate / parts, random.Random(f"{arrivals.seed} {part}"))


def _poisson_ns(rate: float, chance: random.Random) -> Iterator[int]:
    at_s = 0.0
    while True:
        at_s += chance.expovariate(rate)
        yield round(at_s * 1e9)
