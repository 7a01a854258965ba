"""A process of a server that has several, as the agent asks it: how many requests it counted, what was seen beside."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.agent.servers import access_log
from bench.agent.servers.loop_figures import LoopFigures
from bench.agent.servers.order import ASKED, ServerOrder, asked_at
from bench.agent.timing import CollectorClock

_NEW = ".new"


class Worker:
    """Answers a JSON line with a JSON line, on a Unix socket, by the loop that serves. `count` says how many requests
    this process has counted."""

    _kept: list[Worker] = []  # noqa: RUF012  for as long as the process lives

    def __init__(self, order: ServerOrder, count: Callable[[], int]) -> None:
        self._path = asked_at(order.folder, os.getpid())
        self._count = count
        self._beside = LoopFigures()
        self._name = ""
        self._kept.append(self)

    async def start(self, server: str, parser: str) -> None:
        """On the loop that serves, once it does. The socket has its name only when it listens: until then a connection
        would be refused."""
        loop = type(asyncio.get_running_loop()).__module__.partition(".")[0]
        self._name = ", ".join(filter(None, (server, loop, parser)))
        self._beside.begin()
        new = self._path.removesuffix(ASKED) + _NEW
        self._listener = await asyncio.start_unix_server(self._asked, path=new)
        Path(new).rename(self._path)

    async def _asked(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(json.dumps(self._reply(json.loads(line))).encode() + b"\n")
            await writer.drain()
        writer.close()

    def _reply(self, given: dict[str, Any]) -> dict[str, Any]:
        do = given.pop("do")
        try:
            return {"result": getattr(self, do)(**given)}
        except Exception as error:  # noqa: BLE001  it is reported, and the worker lives on
            return {"error": f"{do}: {type(error).__name__}: {error}"}

    def name(self) -> str:
        return self._name

    def counted(self) -> int:
        return self._count()

    def only_serve(self) -> None:
        self._beside.end()

    def watch(self, on: bool) -> None:
        try:
            self._beside.watch(CollectorClock()) if on else self._beside.unwatch()
        except ValueError:  # a loop beside the main thread gets no signals: nobody watches it
            self._beside.unwatch()

    def holds(self, begin_s: float, end_s: float) -> dict[str, Any]:
        return self._beside.holds(begin_s, end_s)

    def report(self) -> dict[str, Any]:
        return self._beside.report() | {"lost_log": access_log.lost}
