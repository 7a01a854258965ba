"""What requests leave behind is counted byte by byte."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from statistics import median
from typing import Any

from bench.agent.memory.retained import held_bytes
from bench.agent.requests.asgi_client import PreparedRequest
from bench.model.workload import Request


def kept_by(work: Any, requests: int = 4, blocks: int = 5) -> list[float]:
    """Bytes a request between blocks."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        work()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def drive() -> list[int]:
        return await held_bytes(PreparedRequest(app, Request(path="/").model_dump(), {}), 4, requests, blocks)

    held = asyncio.run(drive())
    assert len(held) == blocks + 1
    return [(after - before) / requests for before, after in pairwise(held)]


def test_a_request_that_keeps_nothing_leaves_nothing() -> None:
    assert median(kept_by(lambda: [bytearray(1000)])) == 0.0


def test_a_kilobyte_a_request_is_found() -> None:
    kept: list[bytearray] = []
    found = kept_by(lambda: kept.append(bytearray(1024)))
    assert all(1024 <= each < 1200 for each in found)


def test_what_is_replaced_is_not_retained() -> None:
    last: dict[str, bytearray] = {}

    def work() -> None:
        last["one"] = bytearray(1024)

    assert median(kept_by(work)) == 0.0


def test_a_cycle_is_collected_before_it_counts() -> None:
    def work() -> None:
        cycle: list[Any] = [bytearray(1024)]
        cycle.append(cycle)

    assert median(kept_by(work)) == 0.0
