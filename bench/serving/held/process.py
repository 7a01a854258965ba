"""The client of held connections as the harness has it: started on its core, commanded, and ended without a trace."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from bench.host.child import start
from bench.runner.last_words import ErrorStream
from bench.serving.errors import LoadError
from bench.serving.held.task import ConnectionTask

_START_S = 30.0
_READ_BYTES = 65_536


class ConnectionClient:
    """A context manager around the process, which needs a moment to start: it is given its task when that is known.
    Every command raises LoadError when the client or the server has ended."""

    def __init__(self, cores: Sequence[int] | None) -> None:
        self._errors = ErrorStream()
        self._process = start(
            [sys.executable, "-m", "bench.serving.held.client"],
            cores=cores,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors.file,
        )
        self._patience_s = _START_S

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        self._errors.close()

    def begin(self, task: ConnectionTask) -> int:
        """Gives it its task; how many files it may have open."""
        self._send(task.model_dump_json())
        limit = int(self._answer(_START_S)["file_limit"])
        self._patience_s = 2 * task.timeout_s
        return limit

    def call(self, do: str, *, within_s: float = 0.0, **arguments: Any) -> Any:
        """The answer to a command, which may take `within_s` longer than a response of the server."""
        self._send(json.dumps({"do": do, **arguments}))
        return self._answer(within_s + self._patience_s)

    def _send(self, line: str) -> None:
        assert self._process.stdin  # noqa: S101
        with contextlib.suppress(BrokenPipeError):  # then there is no answer, which says so
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()

    def _answer(self, timeout_s: float) -> Any:
        assert self._process.stdout  # noqa: S101
        pipe = self._process.stdout.fileno()
        deadline_s, line = time.monotonic() + timeout_s, b""
        while not line.endswith(b"\n"):
            left_s = deadline_s - time.monotonic()
            if not select.select([pipe], [], [], max(0.0, left_s))[0]:
                raise LoadError(f"the client of the connections did not answer within {timeout_s:g} s")
            part = os.read(pipe, _READ_BYTES)
            if not part:
                raise LoadError(f"the client of the connections ended{self._said()}")
            line += part
        answer = json.loads(line)
        if "error" in answer:
            raise LoadError(f"the server has ended: {answer['error']}")
        return answer["result"]

    def _said(self) -> str:
        line = self._errors.last_line()
        return f": {line}" if line else ""
