"""The agent: answers commands of the harness, a JSON line each, on its standard input and output.

`{"do": NAME, …arguments}` is answered by `{"result": …}` or `{"error": …}`. The end of the input ends the agent,
so that it never outlives the harness. Whatever an app prints goes to the error stream.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

from bench.agent.agent_state import Arguments
from bench.agent.app.asgi_app import module
from bench.agent.app.error import AppError
from bench.agent.ending import end
from bench.agent.event_loop import run
from bench.agent.forks import end_copy, keep_out
from bench.agent.holds.stack_dump import answer_signals
from bench.agent.reference_work import reference_us, wait_for_undisturbed_core
from bench.agent.server_commands import ServerCommands
from bench.agent.timing import calibrate, settle, typical_call_s, window

_LINE_BYTES = 1_000_000


class Commands(ServerCommands):
    """Each is a command of the harness, by its name."""

    async def hello(self, _: Arguments) -> Any:
        return {"pid": os.getpid()}

    async def prepare(self, given: Arguments) -> Any:
        """A case, ready to be asked for by its id: app loaded, lifespan started, first answer taken."""
        exchange = await self._exchange(given)
        self._exchanges[given["case"]] = exchange
        await exchange.perform()
        return {"status": exchange.status, "length": exchange.length}

    async def answer(self, given: Arguments) -> Any:
        exchange = await self._exchange(given)
        start_s = time.perf_counter()
        status, headers, body = await exchange.answer()
        answer = {"status": status, "headers": headers, "raised": exchange.raised} | _carried(body)
        answer["chunks"] = exchange.chunks
        if given.get("timed"):
            return answer | {"call_s": await typical_call_s(exchange, time.perf_counter() - start_s)}
        return answer

    async def settle(self, _: Arguments) -> Any:
        settle()

    async def calibrate(self, given: Arguments) -> Any:
        return await calibrate(self._exchanges[given["case"]], given["window_us"], self._collector)

    async def references(self, given: Arguments) -> Any:
        return [reference_us() for _ in range(given["count"])]

    async def wait_for_undisturbed_core(self, given: Arguments) -> Any:
        return wait_for_undisturbed_core(given["limit_us"], given["wait_budget_s"])

    async def window(self, given: Arguments) -> Any:
        return await window(self._exchanges[given["case"]], given["calls"], self._collector, given.get("burn_us", 0.0))

    async def allocations(self, given: Arguments) -> Any:
        from bench.agent.memory.allocations import count  # noqa: PLC0415  memray is loaded in no other pass

        return await count(self._exchanges[given["case"]], given.get("requests"), once=given["once"])

    async def prepare_without(self, given: Arguments) -> Any:
        """A case under a stack without some middlewares (indexes into the app's), asked for as `CASE without 0,2`; what
        it answers, or how it failed; None where the app can't be built without them."""
        from bench.agent.peeling import CannotPeelError, without  # noqa: PLC0415  an audit's alone

        exchange = await self._exchange(given)
        try:
            exchange = exchange.put_to(without(self._apps[given["target"]], given["middleware"], given["without"]))
        except CannotPeelError:
            return None
        try:
            await exchange.perform()
            status, headers, body = await exchange.answer()
        except Exception as error:  # noqa: BLE001  what a middleware does may be needed by those inside of it
            return {"failed": f"{type(error).__name__}: {error}"}
        self._exchanges[f"{given['case']} without {','.join(map(str, given['without']))}"] = exchange
        return {"status": status, "headers": headers, "raised": exchange.raised} | _carried(body)

    async def retained(self, given: Arguments) -> Any:
        from bench.agent.memory.retained import held_bytes  # noqa: PLC0415  it traces every allocation

        return await held_bytes(self._exchanges[given["case"]], given["first"], given["requests"], given["blocks"])

    async def instructions(self, given: Arguments) -> Any:
        from bench.agent.instructions import mark_requests  # noqa: PLC0415  asked for under callgrind alone

        return await mark_requests(self._exchanges[given["case"]], given["requests"])

    async def peak(self, given: Arguments) -> Any:
        from bench.agent.memory.peak_rss import peak  # noqa: PLC0415

        return await peak(await self._exchange(given), self._collector)

    async def heap(self, given: Arguments) -> Any:
        from bench.agent.memory import heap  # noqa: PLC0415

        exchange = await self._exchange(given)
        if given["look"] == "high_water":
            return await heap.high_water(exchange)
        await exchange.perform()
        if given["look"] == "allocated":
            return await heap.allocated(exchange, given["requests"])
        return await heap.growth(exchange, given["requests"], given["blocks"])

    async def profile(self, given: Arguments) -> Any:
        from bench.agent.profiles.profiling import profile  # noqa: PLC0415  pyinstrument is loaded in no other pass

        exchange, title, as_many = self._exchanges[given["case"]], given.get("title"), given.get("as_many")
        return await profile(exchange, given["duration_s"], title, as_many)

    async def trace_parts(self, _: Arguments) -> Any:
        """Comes first: what the parts of an app are is found as it is made."""
        from bench.agent.tracing.part_boundaries import PartBoundaries  # noqa: PLC0415  it wraps what others leave alone

        self._parts = PartBoundaries()
        self._parts.install()

    async def part_windows(self, given: Arguments) -> Any:
        from bench.agent.tracing.part_windows import part_windows  # noqa: PLC0415

        exchange = self._exchanges[given["case"]]
        return await part_windows(exchange, self._parts, given["calls"], given["pairs"], self._collector)

    async def part_allocations(self, given: Arguments) -> Any:
        from bench.agent.tracing.part_allocations import part_allocations  # noqa: PLC0415  loads memray

        return await part_allocations(self._exchanges[given["case"]], self._parts)

    async def waterfall(self, given: Arguments) -> Any:
        from bench.agent.tracing.waterfall import waterfall  # noqa: PLC0415

        return await waterfall(self._exchanges[given["case"]], self._parts, given["requests"])

    async def seed(self, given: Arguments) -> Any:
        """Put the targets' data into a database: by their own `_seed.py`, which they share it with."""
        await module(self._targets / "_seed.py").seed(given["url"], given["source"], given["rows"])

    async def describe(self, given: Arguments) -> Any:
        """What an app is once its lifespan has started."""
        from bench.agent.app.description import describe  # noqa: PLC0415  it is asked of an app of somebody's own alone

        return describe(await self._started(given["target"]), given["target"], self._targets)

    async def import_app(self, given: Arguments) -> Any:
        self._loaded(given["target"])

    async def start_app(self, given: Arguments) -> Any:
        await self._started(given["target"])

    async def startup(self, given: Arguments) -> Any:
        """What a fresh process spends on its start, as far as its first answer."""
        from bench.agent.startup import startup  # noqa: PLC0415

        found = await startup(self._targets, given["target"], given["request"], given.get("imports"))
        return {"interpreter_cpu_ms": self._interpreter_ms} | found

    async def build_parts(self, given: Arguments) -> Any:
        """What building the app takes, by part, in a fresh process."""
        from bench.agent.building import build_parts  # noqa: PLC0415  it wraps what others leave alone

        return build_parts(self._targets, given["target"], given["imports"])

    async def at_rest(self, given: Arguments) -> Any:
        """What a fresh process holds once the app has started."""
        from bench.agent.memory.startup_heap import at_rest  # noqa: PLC0415  loads memray

        return await at_rest(self._targets, given["target"], given["request"], given["imports"])


def _carried(body: bytes) -> dict[str, str]:
    """A body as a reply has it: a large one in a file, which the harness removes, since a line of it takes seconds."""
    if len(body) <= _LINE_BYTES:
        return {"body": base64.b64encode(body).decode()}
    with tempfile.NamedTemporaryFile(delete=False) as file:
        file.write(body)
    return {"body_file": file.name}


def serve_commands(targets: Path, stack_file: Path, loop: str, interpreter_ms: float) -> None:
    """Answer commands until the input ends, on a `loop` of this kind; where the process stands is written to
    `stack_file` when SIGUSR1 asks. `interpreter_ms` is the CPU that Python took until it ran its first line."""
    answer_signals(stack_file)
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    keep_out((0, replies.fileno()))
    run(_loop(Commands(targets, interpreter_ms), replies), loop)
    end()


async def _loop(agent: Commands, replies: Any) -> None:
    commands = asyncio.StreamReader(limit=2**26)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := await commands.readline():
        reply = await _reply(agent, json.loads(line))
        end_copy()
        replies.write(json.dumps(reply) + "\n")
        replies.flush()
    await agent.close()


async def _reply(agent: Commands, given: dict[str, Any]) -> dict[str, Any]:
    do = given.pop("do")
    try:
        return {"result": await getattr(agent, do)(given)}
    except AppError as error:  # its message is for the owner of the app
        return {"error": str(error)}
    except Exception as error:  # noqa: BLE001  whatever a target raises is an answer, and the agent lives on
        traceback.print_exc()
        return {"error": f"{type(error).__name__}: {error}"}
