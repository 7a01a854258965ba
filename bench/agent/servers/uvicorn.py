"""The target behind uvicorn, as a service would run it, on a socket that this process bound itself."""

from __future__ import annotations

import asyncio
import copy
import errno
import io
import socket
import sys
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

import uvicorn
from uvicorn.config import LOGGING_CONFIG

from bench.agent.asgi_app import App
from bench.agent.lateness_watch import LatenessWatch
from bench.agent.reference_work import reference_us
from bench.agent.servers.reference_runs import EVERY_S, ReferenceRuns
from bench.agent.timing import CollectorClock

_IDLE_REFERENCES = 100
# uvicorn closes idle connections after 5 s: of a load of few requests over many connections that would be most.
_KEEP_ALIVE_S = 600
_LOGGED_CHARACTERS = 100_000


def _logging() -> dict[str, Any]:
    """uvicorn's own logging, which formats what it always does, into a stream that doesn't grow for ever."""
    config = copy.deepcopy(LOGGING_CONFIG)
    config["handlers"]["default"]["stream"] = _FirstWords()
    return config


class _FirstWords(io.TextIOBase):
    """An error stream of which only so much is kept: an app that fails at each request writes a traceback at each."""

    def __init__(self) -> None:
        self._left = _LOGGED_CHARACTERS

    def write(self, text: str) -> int:
        if self._left > 0:
            sys.stderr.write(text)
            self._left -= len(text)
        return len(text)


class UvicornServer:
    """A running uvicorn (no access log) in the agent's own loop, with the parser that it would choose itself."""

    def __init__(self, app: App) -> None:
        config = uvicorn.Config(
            app,
            http="httptools" if find_spec("httptools") else "h11",
            lifespan="auto",
            access_log=False,
            log_level="warning",
            timeout_keep_alive=_KEEP_ALIVE_S,
            log_config=_logging(),
        )
        self._config = config
        self._server = uvicorn.Server(config)
        self._task: asyncio.Task[None] | None = None
        self.idle_references_us = [reference_us() for _ in range(_IDLE_REFERENCES)]
        self._runs = ReferenceRuns(self._looked)
        self._watch: LatenessWatch | None = None

    async def start(self, host: str, port: int) -> int:
        """The port that it listens on. Raises OSError with a clear word for a taken port."""
        # asyncio sends small answers at once (TCP_NODELAY) only from sockets that say that they are TCP's.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            listener.close()
            if error.errno == errno.EADDRINUSE:
                raise OSError(f"port {port} is in use; without --port, a free one is chosen") from error
            raise
        self._task = asyncio.ensure_future(self._serve(listener))
        while not self._server.started:
            if self._task.done():
                raise RuntimeError(f"uvicorn {uvicorn.__version__} failed to start: {self._failure(self._task)}")
            await asyncio.sleep(0.005)
        self._refer()
        bound: int = listener.getsockname()[1]
        return bound

    async def _serve(self, listener: socket.socket) -> None:
        with suppress(SystemExit):  # uvicorn ends its process when it can't start; this one is the agent's
            await self._server.serve(sockets=[listener])

    @staticmethod
    def _failure(task: asyncio.Task[None]) -> str:
        """Why it has ended; without a word of its own, it's the app's lifespan that failed."""
        error = None if task.cancelled() else task.exception()
        return f"{type(error).__name__}: {error}" if error else "the lifespan of the app failed"

    def watch_loop(self, collector: CollectorClock) -> None:
        """From now on the longest holds of the event loop are kept."""
        self._watch = LatenessWatch(collector, EVERY_S)

    def unwatch_loop(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def holds(self, begin_s: float, end_s: float) -> dict[str, float | str | None]:
        """The longest hold of the loop between two moments of the machine's monotonic clock, and all together."""
        assert self._watch is not None  # noqa: S101
        held_s = round(self._watch.total_s(begin_s, end_s), 4)
        return self._watch.longest(begin_s, end_s).told() | {"held_s": held_s}

    def _refer(self) -> None:
        self._runs.start()

    def _looked(self, began: bool) -> None:
        """A turn on the loop begins, or is over and the next one expected."""
        if self._watch is not None:
            if began:
                self._watch.turn()
            else:
                self._watch.expect()

    @property
    def references(self) -> list[tuple[float, float]]:
        """Moments on the machine's monotonic clock, in s, and what the reference work took then, in µs."""
        return self._runs.runs

    def end_references(self) -> None:
        """From now on this process does nothing but serve."""
        self._runs.end()

    @property
    def name(self) -> str:
        """What serves: uvicorn with its version, the loop, and the parser."""
        loop = type(asyncio.get_running_loop()).__module__.partition(".")[0]
        return f"uvicorn {uvicorn.__version__}, {loop}, {self._config.http}"

    @property
    def requests(self) -> int:
        """How many requests uvicorn itself has counted."""
        return self._server.server_state.total_requests

    async def stop(self) -> None:
        self._runs.end()
        if self._task is not None:
            self.unwatch_loop()
            self._server.should_exit = True
            await self._task
