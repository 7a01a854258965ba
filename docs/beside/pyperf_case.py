"""One case as a benchmark of pyperf, run in a stack's environment: pyperf_case.py TARGETS ARGUMENTS [pyperf's options]

ARGUMENTS are a case as an agent gets it, as JSON. pyperf starts this again for each of its worker processes.
Timed as pyperf's own `bench_async_func` does it; only the loop stands from the first value on, since an app's lifespan
is bound to it.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from pathlib import Path
from typing import Any

import pyperf

sys.path.append(str(Path(__file__).resolve().parents[2]))  # behind all that the stack has

from bench.agent.app.asgi_app import Lifespan, load
from bench.agent.requests.asgi_client import PreparedRequest


class Case:
    """Made ready by its first call: the process that only starts the workers has no use for the app."""

    def __init__(self, targets: Path, target: str, request: dict[str, Any]) -> None:
        self._targets, self._target, self._request = targets, target, request
        self._runner: asyncio.Runner | None = None
        self._exchange: PreparedRequest | None = None

    def seconds(self, loops: int) -> float:
        """How long so many requests take, one after another."""
        if self._runner is None:
            self._runner = asyncio.Runner(loop_factory=_loop_factory())
            self._exchange = self._runner.run(self._ready())
            gc.collect()
        return self._runner.run(self._asked(loops))

    async def _ready(self) -> PreparedRequest:
        app = load(self._targets, self._target)
        lifespan = Lifespan(app)
        await lifespan.start()
        return PreparedRequest(app, self._request, lifespan.state)

    async def _asked(self, loops: int) -> float:
        assert self._exchange is not None  # noqa: S101
        perform = self._exchange.perform
        start_s = time.perf_counter()
        for _ in range(loops):
            await perform()
        return time.perf_counter() - start_s


def _loop_factory() -> Any:
    try:
        import uvloop  # noqa: PLC0415  a stack may lack it
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


def main() -> None:
    script, targets, arguments, *options = sys.argv
    given = json.loads(arguments)
    runner = pyperf.Runner(program_args=(script, targets, arguments))
    runner.parse_args(options)
    runner.bench_time_func(given["case"], Case(Path(targets), given["target"], given["request"]).seconds)


if __name__ == "__main__":
    main()
