"""Agents as processes: launched in a stack's environment, asked by JSON lines, ended without a trace."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Any, Self

from bench.host.child import start
from bench.runner.last_words import ErrorStream
from bench.runner.process_variables import process_variables
from bench.runner.secret_values import without_values
from bench.runner.standing import answered, standing
from bench.runner.streams import StoppedError
from bench.stack.environment import Environment
from bench.text.control import harmless

_START = Path(__file__).parents[1] / "agent" / "start.py"
PATIENCE_S = 60.0
_DUMP_S = 1.0
# How often what it prints is looked at meanwhile.
_LOOK_S = 1.0


class AgentError(Exception):
    """An agent that died, stalled, or answered with an error; the message says which, and quotes it."""


class AgentEndedError(AgentError):
    """`ending` is how its process ended, `said` its last words, as the end of a sentence."""

    def __init__(self, ending: str, said: str) -> None:
        super().__init__(f"the agent {ending}{said}")
        self.ending, self.said = ending, said


class AgentLateError(AgentError):
    """`where` is the line at which it stands, as far as that is known, `said` its last words."""

    def __init__(self, do: str, timeout_s: float, where: str, said: str) -> None:
        stands = f"; it stands at {where}" if where else ""
        super().__init__(f"the agent did not answer `{do}` within {timeout_s:g} s{stands}{said}")
        self.where, self.said = where, said


@dataclass(frozen=True)
class Instrument:
    """What runs an agent to look inside: the words that stand before its own, and how long an answer may take then."""

    words: tuple[str, ...]
    patience_s: float


class Agent:
    """A context manager around one agent process. `cores` pins it; None leaves that to the kernel. `variables` join
    its environment. `under` is an instrument that runs it, `loop` its event loop. Somebody's own app is at home in the
    folder of `targets`. Nobody waits for its answers any more once `stopping` is set: whoever does meets a
    StoppedError.
    """

    def __init__(  # noqa: PLR0913  all that a process is started with
        self,
        environment: Environment,
        targets: Path,
        *,
        hash_seed: int = 0,
        cores: Sequence[int] | None = None,
        variables: Mapping[str, str] | None = None,
        under: Instrument | None = None,
        loop: str = "auto",
    ) -> None:
        self.stopping: Event | None = None
        self._patience_s = under.patience_s if under else PATIENCE_S
        self._errors = ErrorStream()
        self._variables = variables or {}
        self._targets = targets.resolve()
        # A killed agent can't remove its temporary files.
        self._folder = tempfile.TemporaryDirectory(prefix="layercake-")
        self._stack_file = Path(self._folder.name) / "stack.txt"
        command = [
            *(under.words if under else ()),
            str(environment.python),
            *(() if environment.foreign else ("-s", "-B")),
            str(_START),
            str(self._targets),
            str(self._stack_file),
            loop,
            *([str(environment.overlay)] if environment.overlay else ()),
        ]
        self._process = start(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors.file,
            cwd=self._targets if environment.foreign else None,
            env={
                **process_variables(environment),
                "TMPDIR": self._folder.name,
                **self._variables,
                "PYTHONHASHSEED": str(hash_seed),
            },
        )
        self.pid = self._process.pid
        if cores is not None:
            self.move(cores)
        self._pending = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin  # noqa: S101
        assert self._process.stdout  # noqa: S101
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(timeout=2.0 if kind is None else 0.2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)  # what an app has started ends with it
        self._process.stdout.close()
        self._errors.close()
        self._folder.cleanup()

    def call(self, do: str, *, timeout_s: float | None = None, **arguments: Any) -> Any:
        """The agent's answer to a command. Raises AgentError when there is none, or when it is an error."""
        self.send(do, **arguments)
        return self.answer(do, timeout_s=timeout_s)

    def settle(self) -> None:
        """The end of what is prepared: collect what that left, and measure from now on. Raises AgentError."""
        self.call("settle")

    def send(self, do: str, **arguments: Any) -> None:
        """Give a command, whose answer is to be taken. An agent that has ended says so then."""
        assert self._process.stdin  # noqa: S101
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps({"do": do, **arguments}).encode() + b"\n")
            self._process.stdin.flush()

    def answer(self, do: str, *, timeout_s: float | None = None, sent_s: float | None = None) -> Any:
        """The answer to the command that was given last, at `sent_s` on the monotonic clock (default: now). Raises
        AgentError when there is none, or when it is an error."""
        timeout_s = self._patience_s if timeout_s is None else timeout_s
        now_s = time.monotonic()
        late_s = now_s + timeout_s if sent_s is None else max(sent_s + timeout_s, now_s + _LOOK_S)
        try:
            line = self._read_line(late_s)
        except (BrokenPipeError, EOFError):
            raise AgentEndedError(self._ending(), self.last_words()) from None
        except TimeoutError:
            where = self._standing()
            self._process.kill()
            self._process.wait()
            raise AgentLateError(do, timeout_s, where, self.last_words()) from None
        reply = json.loads(line)
        if "error" in reply:
            raise AgentError(harmless(without_values(str(reply["error"]), self._variables)))
        return reply["result"]

    def move(self, cores: Sequence[int]) -> None:
        """Pin all threads of the process, those that it has already started too."""
        for thread in Path(f"/proc/{self.pid}/task").iterdir():
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(int(thread.name), cores)

    @property
    def home(self) -> Path:
        """The folder of its targets, which is that of somebody's own app."""
        return self._targets

    @property
    def folder(self) -> Path:
        """Of its temporary files; it is removed with the agent."""
        return Path(self._folder.name)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def last_words(self) -> str:
        """The last line that the process wrote to its error stream, as the end of a sentence."""
        line = self.printed()
        return f": {line}" if line else ""

    def printed_bytes(self) -> int:
        """How much the process wrote to its error stream so far."""
        return self._errors.size()

    def printed(self, since: int = 0) -> str:
        """The last line that it wrote there after so many bytes, or ""."""
        return without_values(self._errors.last_line(since), self._variables)

    def _ending(self) -> str:
        try:
            code = self._process.wait(timeout=5.0)
        except subprocess.TimeoutExpired:
            return "closed its output"
        return f"was ended by signal {-code}" if code < 0 else f"ended with status {code}"

    def _standing(self) -> str:
        """The line at which it hangs; an agent that can't be asked says nothing."""
        deadline_s, dump = time.monotonic() + _DUMP_S, ""
        with contextlib.suppress(OSError):  # it may have ended, or not begun
            self._process.send_signal(signal.SIGUSR1)
            while not answered(dump) and self.alive and time.monotonic() < deadline_s:
                time.sleep(0.01)
                dump = self._stack_file.read_text("utf-8", "replace")
        return standing(dump, self._targets)

    def _read_line(self, deadline: float) -> bytes:
        assert self._process.stdout  # noqa: S101
        pipe = self._process.stdout.fileno()
        chunks = [self._pending]
        while b"\n" not in chunks[-1]:  # each looked at once: an answer may be 100 MB
            left_s = deadline - time.monotonic()
            if not select.select([pipe], [], [], max(0.0, min(left_s, _LOOK_S)))[0]:
                if left_s <= _LOOK_S:
                    raise TimeoutError
                if self.stopping is not None and self.stopping.is_set():
                    raise StoppedError
                self._errors.bound()
                continue
            chunk = os.read(pipe, 2**20)
            if not chunk:
                raise EOFError
            chunks.append(chunk)
        end, _, self._pending = chunks[-1].partition(b"\n")
        return b"".join([*chunks[:-1], end])


def answers_at_once(
    agents: Sequence[Agent], do: str, *, timeout_s: float | None = None, **arguments: Any
) -> list[Any | AgentError]:
    """What each says to a command that all are given at once, or why it says nothing, within one time limit. All are
    heard: the answer of one isn't taken for that to the next command because another failed."""
    sent_s = time.monotonic()
    for agent in agents:
        agent.send(do, **arguments)
    return [_heard(agent, do, timeout_s, sent_s) for agent in agents]


def _heard(agent: Agent, do: str, timeout_s: float | None, sent_s: float) -> Any | AgentError:
    try:
        return agent.answer(do, timeout_s=timeout_s, sent_s=sent_s)
    except AgentError as error:
        return error
