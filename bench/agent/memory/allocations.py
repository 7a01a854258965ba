"""Allocations of a number of requests, counted one by one by memray: a metric without noise."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import memray
from memray._memray import compute_statistics

from bench.agent.requests.asgi_client import PreparedRequest

FREES = {memray.AllocatorType.FREE, memray.AllocatorType.MUNMAP, memray.AllocatorType.PYMALLOC_FREE}
# The number of requests is a rule of the answer's size and not of the clock, so that it is the same on every machine.
_REQUESTS, _REQUESTS_OF_BIG_BODIES, _BIG_BODY_BYTES = 8, 2, 20_000


async def count(exchange: PreparedRequest, requests: int | None = None, *, once: bool = False) -> dict[str, int]:
    """Requests, as many as are named if any, and their allocations and bytes, Python's own allocator included, the
    collector off.

    One alone with `once`, for a request so long that what the tracker adds is nothing beside it. Else the slope between
    a stretch and one of twice its length: what the tracker adds at its start and end, and what only the first requests
    under it allocate (a throw-away stretch), is no request's cost.
    """
    requests = requests or (_REQUESTS if exchange.length < _BIG_BODY_BYTES else _REQUESTS_OF_BIG_BODIES)
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        if once:
            return await _once(exchange)
        with _tracking() as file:
            await _stretch(exchange, requests, file)
        single, single_bytes = await _tracked(exchange, requests)
        twice, twice_bytes = await _tracked(exchange, 2 * requests)
    finally:
        gc.enable()
    return {"requests": requests, "allocs": twice - single, "alloc_bytes": twice_bytes - single_bytes}


async def _once(exchange: PreparedRequest) -> dict[str, int]:
    """Summed up by memray itself, for it may be hundreds of millions."""
    with _tracking() as file:
        with memray.Tracker(file, trace_python_allocators=True):
            await exchange.perform()
        found = compute_statistics(str(file), num_largest=0)
    return {"requests": 1, "allocs": found.total_num_allocations, "alloc_bytes": found.total_memory_allocated}


@contextmanager
def _tracking() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "allocations.bin"


async def _stretch(exchange: PreparedRequest, requests: int, file: Path) -> None:
    with memray.Tracker(file, trace_python_allocators=True):
        for _ in range(requests):
            await exchange.perform()


async def _tracked(exchange: PreparedRequest, requests: int) -> tuple[int, int]:
    with _tracking() as file:
        await _stretch(exchange, requests, file)
        allocs = alloc_bytes = 0
        with memray.FileReader(file) as reader:
            for record in reader.get_allocation_records():
                if record.allocator not in FREES:
                    allocs += 1
                    alloc_bytes += record.size
    return allocs, alloc_bytes
