"""The target behind uvicorn in the agent's own process, as a service would run it, on a socket that it bound itself."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import uvicorn

from bench.agent.app.asgi_app import App
from bench.agent.app.error import AppError
from bench.agent.servers import access_log
from bench.agent.servers.logs import ErrorLog
from bench.agent.servers.loop_figures import LoopFigures
from bench.agent.servers.uvicorn_settings import configured, refuse_unknown_loop
from bench.agent.timing import CollectorClock


class UvicornServer:
    """A running uvicorn in the agent's own loop. `certificate` is a PEM file with its key, for TLS.

    Raises AppError for `settings` that its release doesn't know. The access log's setting is uvicorn's for the whole
    process: of several servers in one, all log or none.
    """

    def __init__(self, app: App, settings: Mapping[str, Any] | None = None, certificate: str | None = None) -> None:
        refuse_unknown_loop((settings or {}).get("loop", "auto"))
        self._config = configured(app, settings or {}, certificate)
        self._server = uvicorn.Server(self._config)
        self._task: asyncio.Task[None] | None = None
        self._started: dict[str, Any] | None = None
        self.beside = LoopFigures()
        self.pid = os.getpid()

    def go_on_from(self, state: dict[str, Any]) -> None:
        """The app's lifespan runs already, and left this for requests: the server neither starts nor ends it."""
        self._config.lifespan = "off"
        self._started = state

    @property
    def state(self) -> dict[str, Any]:
        """What the app's lifespan has left for requests."""
        state: dict[str, Any] = self._server.lifespan.state
        return state

    async def start(self, host: str, port: int, unix_socket: str | None = None) -> int:
        """The port that it listens on, 0 on a Unix socket. Raises AppError with a clear word for a taken port, and
        with what uvicorn says where it can't start."""
        ErrorLog.last = ""
        listener = None if unix_socket else _bound(host, port)
        self._config.uds = unix_socket
        self._task = asyncio.ensure_future(self._serve(listener))
        while not self._server.started:
            if self._task.done():
                raise AppError(f"uvicorn {uvicorn.__version__} failed to start: {self._failure(self._task)}")
            await asyncio.sleep(0.005)
        if self._started is not None:
            self._server.lifespan.state = self._started  # connections copy it when they are made
        self._refer()
        return int(listener.getsockname()[1]) if listener else 0

    async def _serve(self, listener: socket.socket | None) -> None:
        with suppress(SystemExit):  # uvicorn ends its process when it can't start; this one is the agent's
            await self._server.serve(sockets=None if listener is None else [listener])

    @staticmethod
    def _failure(task: asyncio.Task[None]) -> str:
        """Why it has ended: its last word; without one, it's the app's lifespan that failed."""
        error = None if task.cancelled() else task.exception()
        return f"{type(error).__name__}: {error}" if error else ErrorLog.last or "the lifespan of the app failed"

    async def watch_loop(self, collector: CollectorClock) -> None:
        self.beside.watch(collector)

    async def unwatch_loop(self) -> None:
        self.beside.unwatch()

    async def only_serve(self) -> None:
        """From now on no reference work runs beside requests."""
        self.beside.end()

    async def holds(self, begin_s: float, end_s: float) -> dict[str, Any]:
        return self.beside.holds(begin_s, end_s)

    async def report(self) -> dict[str, Any]:
        """What `LoopFigures` tells, and why lines of the access log are missing, if some are."""
        return self.beside.report() | {"lost_log": access_log.lost}

    async def counted(self) -> list[int]:
        """How many requests each process that serves has counted."""
        return [self.requests]

    def _refer(self) -> None:
        self.beside.begin()

    @property
    def name(self) -> str:
        """What serves: uvicorn with its version, the loop, and the parser."""
        loop = type(asyncio.get_running_loop()).__module__.partition(".")[0]
        return f"uvicorn {uvicorn.__version__}, {loop}, {self._config.http}"

    @property
    def requests(self) -> int:
        """How many requests uvicorn itself has counted."""
        return self._server.server_state.total_requests

    @property
    def connections(self) -> dict[str, int]:
        """Those that are `open`, and how many requests and WebSockets the app is `running` for."""
        state = self._server.server_state
        return {"open": len(state.connections), "running": len(state.tasks)}

    async def stop(self) -> None:
        self.beside.end()
        if self._task is not None:
            self.beside.unwatch()
            self._server.should_exit = True
            await self._task


def _bound(host: str, port: int) -> socket.socket:
    """asyncio sends small answers at once (TCP_NODELAY) only from sockets that say that they are TCP's."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise AppError(f"port {port} is in use; without --port, a free one is chosen") from error
        raise AppError(f"port {port} of {host} can't be had: {error.strerror}") from error
    return listener
