"""A server that runs in processes of its own, started by the agent, which asks each of them."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.agent.app.error import AppError
from bench.agent.servers.order import ASKED, FAILED, PORT, ServerOrder, asked_at
from bench.agent.timing import CollectorClock

_START = Path(__file__).parents[1] / "start.py"
_READY_S, _END_S, _ANSWER_S = 40.0, 1.5, 10.0
_LOOK_S = 0.01
_LINE_BYTES = 2**26
_LONGEST_PID = 2**22


class ServerProcesses:
    """A supervisor and its workers, all of which load the app themselves."""

    def __init__(
        self, kind: str, targets: Path, target: str, settings: Mapping[str, Any], certificate: str | None = None
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="server-")
        self._order = {"kind": kind, "targets": str(targets), "target": target, "settings": dict(settings)}
        self._certificate = certificate
        self._process: subprocess.Popen[bytes] | None = None
        self._workers: list[_WorkerLink] = []
        self.pid = 0
        self.name = kind

    async def start(self, host: str, port: int, unix_socket: str | None = None) -> int:
        """The port that it listens on, 0 on a Unix socket, once every worker serves. Raises AppError with the reason
        why it can't."""
        asked_at(self._folder.name, _LONGEST_PID)
        order = ServerOrder(
            **self._order,  # type: ignore[arg-type]
            path=tuple(sys.path),
            folder=self._folder.name,
            host=host,
            port=port,
            parent=os.getpid(),
            unix_socket=unix_socket,
            certificate=self._certificate,
        )
        flags = [*(["-s"] if sys.flags.no_user_site else []), *(["-B"] if sys.flags.dont_write_bytecode else [])]
        command = [sys.executable, *flags, str(_START), "--server", order.text()]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=2)
        self.pid = self._process.pid
        sockets = await self._ready(order.workers)
        self._workers = [await _WorkerLink.to(path) for path in sockets]
        self.name = await self._workers[0].ask("name")
        if order.workers > 1:
            self.name += f", {order.workers} workers"
        return int(Path(self._folder.name, PORT).read_text("utf-8"))

    async def _ready(self, workers: int) -> Sequence[Path]:
        assert self._process is not None  # noqa: S101
        folder, deadline_s = Path(self._folder.name), time.monotonic() + _READY_S
        while len(sockets := sorted(folder.glob(f"*{ASKED}"))) < workers or not (folder / PORT).exists():
            if (folder / FAILED).exists():
                raise AppError((folder / FAILED).read_text("utf-8"))
            if self._process.poll() is not None:
                raise AppError(f"{self.name} ended with status {self._process.returncode} before its workers served")
            if time.monotonic() > deadline_s:
                raise AppError(f"{len(sockets)} of {workers} workers of {self.name} serve after {_READY_S:g} s")
            await asyncio.sleep(_LOOK_S)
        return sockets

    async def only_serve(self) -> None:
        """From now on no reference work runs beside requests."""
        await self._all("only_serve")

    async def watch_loop(self, _: CollectorClock) -> None:
        await self._all("watch", on=True)

    async def unwatch_loop(self) -> None:
        await self._all("watch", on=False)

    async def holds(self, begin_s: float, end_s: float) -> dict[str, Any]:
        """Of the worker whose loop was held longest."""
        found = await self._all("holds", begin_s=begin_s, end_s=end_s)
        return dict(max(found, key=lambda one: one["hold_ms"] or 0.0))

    async def report(self) -> dict[str, Any]:
        """What `LoopFigures` tells, of all workers, and why lines of the access log are missing, if some are."""
        found = await self._all("report")
        return {name: [one for report in found for one in report[name]] for name in found[0]}

    async def counted(self) -> list[int]:
        """How many requests each worker has counted."""
        return [int(one) for one in await self._all("counted")]

    async def _all(self, do: str, **given: Any) -> list[Any]:
        return [await worker.ask(do, **given) for worker in self._workers]

    async def stop(self) -> None:
        for worker in self._workers:
            worker.close()
        if self._process is not None:
            self._process.terminate()
            deadline_s = time.monotonic() + _END_S
            while self._process.poll() is None and time.monotonic() < deadline_s:
                await asyncio.sleep(_LOOK_S)
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()


class _WorkerLink:
    """Asks one worker."""

    def __init__(self, pid: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._pid = pid
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, path: Path) -> _WorkerLink:
        try:
            return cls(path.stem, *await asyncio.open_unix_connection(path, limit=_LINE_BYTES))
        except OSError as error:
            raise _ended(path.stem) from error

    async def ask(self, do: str, **given: Any) -> Any:
        """Raises AppError where the worker has ended, since its count is lost, and for an error of its own."""
        try:
            self._writer.write(json.dumps({"do": do, **given}).encode() + b"\n")
            line = await asyncio.wait_for(self._reader.readline(), _ANSWER_S)
        except asyncio.TimeoutError:
            raise AppError(f"worker {self._pid} of the server did not answer within {_ANSWER_S:g} s") from None
        except OSError as error:
            raise _ended(self._pid) from error
        if not line:
            raise _ended(self._pid)
        reply = json.loads(line)
        if "error" in reply:
            raise AppError(f"worker {self._pid} of the server: {reply['error']}")
        return reply["result"]

    def close(self) -> None:
        self._writer.close()


def _ended(pid: str) -> AppError:
    return AppError(f"worker {pid} of the server ended while it was measured; run it again")
