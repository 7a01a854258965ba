"""Bytes that stay behind after requests, by Python's own account of every allocation."""

from __future__ import annotations

import gc
import tracemalloc
from array import array

from bench.agent.requests.asgi_client import PreparedRequest


async def held_bytes(exchange: PreparedRequest, first: int, requests: int, blocks: int) -> list[int]:
    """Bytes held after `first` requests and each of `blocks` blocks of `requests` more; the collector has run before.

    Exact for what Python and its extensions allocate by its allocators; what a C library takes for itself isn't seen.
    An allocation is kept track of from the first request on: what was there before is no request's.
    """
    held = array("q", bytes(8 * (blocks + 1)))  # made before, and without an object for each: it is no request's either
    gc.collect()
    gc.freeze()  # what was there before isn't looked through again after each block
    tracemalloc.start(1)
    try:
        for block in range(blocks + 1):
            for _ in range(requests if block else first):
                await exchange.perform()
            gc.collect()
            held[block] = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    return held.tolist()
