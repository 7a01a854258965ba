"""Requests between marks that callgrind sees: what it counted from one mark to the next is what they took."""

from __future__ import annotations

import gc
import os

from bench.agent.requests.asgi_client import PreparedRequest

# The harness has callgrind write its counts down whenever `ctermid` of the C library is entered, and begin anew.
# Nothing in a web service asks for the name of its terminal.
_mark = os.ctermid
_WARM = 8


async def mark_requests(exchange: PreparedRequest, requests: int) -> None:
    """A mark, so many requests, a mark, twice as many, and a mark; the collector off.

    The slope between both stretches is free of what a mark itself costs.
    """
    for _ in range(_WARM):
        await exchange.perform()
    gc.collect()
    gc.disable()
    try:
        _mark()
        for stretch in (requests, 2 * requests):
            for _ in range(stretch):
                await exchange.perform()
            _mark()
    finally:
        gc.enable()
