"""Commands of an agent that serves an app."""

from __future__ import annotations

import os
from typing import Any

from bench.agent.agent_state import AgentState, Arguments
from bench.agent.app.asgi_app import load


class ServerCommands(AgentState):
    """Each is a command of the harness, by its name."""

    async def profile_served(self, given: Arguments) -> Any:
        from bench.agent.profiles.profiling_served import profile_served  # noqa: PLC0415

        self._profiled, between_s = await profile_served(self._served, given["duration_s"])
        return between_s

    async def profiled(self, given: Arguments) -> Any:
        """What the last served profile says: long, so that it is asked for when nobody waits for the server."""
        return self._profiled.report(given["title"])

    async def serve(self, given: Arguments) -> Any:
        from bench.agent.servers.chosen import chosen  # noqa: PLC0415  uvicorn is loaded in no other pass

        return await self._serve(chosen(self._targets, given), given)

    async def _serve(self, served: Any, given: Arguments) -> Any:
        """`pid` is that of the process of which all that serve are children, if it isn't the only one."""
        self._served = served
        state = await self._handed_over(given["target"], here=served.pid == os.getpid())
        if state is not None:
            served.go_on_from(state)
        port = await served.start(given["host"], given.get("port", 0), given.get("unix_socket"))
        return {"port": port, "server": served.name, "pid": served.pid}

    async def serve_beside(self, given: Arguments) -> Any:
        """Several servers over one app, by name: `sides` are their settings."""
        from bench.agent.servers.beside import ServersBeside  # noqa: PLC0415  uvicorn is loaded in no other pass

        state = await self._handed_over(given["target"], here=True)
        self._served = ServersBeside(load(self._targets, given["target"]), given["certificate"], state)
        return await self._served.start(given["host"], given["sides"])

    async def only_serve(self, _: Arguments) -> Any:
        await self._served.only_serve()

    async def log_like(self, given: Arguments) -> Any:
        self._served.log_like(given["side"])

    async def watch_loop(self, given: Arguments) -> Any:
        """Whether the longest holds of the server's event loop are kept."""
        if given["on"]:
            await self._served.watch_loop(self._collector)
        else:
            await self._served.unwatch_loop()

    async def holds(self, given: Arguments) -> Any:
        return await self._served.holds(given["begin_s"], given["end_s"])

    async def counted(self, _: Arguments) -> Any:
        """How many requests the server has counted."""
        return sum(await self._served.counted())

    async def counted_by_process(self, _: Arguments) -> Any:
        return await self._served.counted()

    async def await_connections(self, _: Arguments) -> Any:
        """From now on do nothing but serve, as many connections as this process may have; how many files that are."""
        from bench.agent.file_limit import raise_file_limit  # noqa: PLC0415

        await self._served.only_serve()
        return raise_file_limit()

    async def connections(self, _: Arguments) -> Any:
        return self._served.connections

    async def served(self, _: Arguments) -> Any:
        return await self._served.report()

    async def serve_timed(self, given: Arguments) -> Any:
        from bench.agent.tracing.server import TimedServer  # noqa: PLC0415  it wraps what every other pass leaves alone

        how = given.get("settings"), given.get("certificate")
        return await self._serve(TimedServer(self._targets, given["target"], *how), given)

    async def boundaries(self, given: Arguments) -> Any:
        return await self._served.windows(given["warmup_s"], given["duration_s"], given["window_s"])

    async def serve_parts(self, given: Arguments) -> Any:
        from bench.agent.tracing.part_server import PartServer  # noqa: PLC0415  uvicorn is loaded in no other pass

        app, how = load(self._targets, given["target"]), (given.get("settings"), given.get("certificate"))
        return await self._serve(PartServer(app, self._parts, self._collector, *how), given)

    async def served_part_windows(self, given: Arguments) -> Any:
        return await self._served.windows(given["warmup_s"], given["duration_s"], given["window_s"])
