"""Requests between marks that callgrind sees: what it counted from one mark to the next is what they took."""

from __future__ import annotations

import ctypes
import gc

from bench.agent.driver import Exchange

# The harness has callgrind write its counts down whenever this function of the C library is entered, and forget them.
# Nothing else in a Python process converts numbers of radix 64.
_MARK = "a64l"
_WARM = 8


async def mark_requests(exchange: Exchange, requests: int) -> None:
    """A mark, so many requests, a mark, twice as many, and a mark; the collector off.

    The slope between both stretches is free of what a mark itself costs.
    """
    mark = ctypes.CDLL(None)[_MARK]
    mark.argtypes, mark.restype = [ctypes.c_char_p], ctypes.c_long
    for _ in range(_WARM):
        await exchange.perform()
    gc.collect()
    gc.disable()
    try:
        mark(b".")
        for stretch in (requests, 2 * requests):
            for _ in range(stretch):
                await exchange.perform()
            mark(b".")
    finally:
        gc.enable()
