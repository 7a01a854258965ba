"""The command that a user wants to run before each launch: a seed, a reset."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from bench.host.child import start
from bench.runner.agent_process import AgentError
from bench.runner.last_words import ErrorStream
from bench.runner.process_variables import process_variables
from bench.stack.environment import Environment

PATIENCE_S = 300.0


def run_before(words: Sequence[str], folder: Path, environment: Environment, variables: Mapping[str, str]) -> None:
    """Raises AgentError with the command's last words when it fails, or doesn't end."""
    named = f"--before {shlex.join(words)!r}"
    with closing(ErrorStream()) as said:
        try:
            process = start(
                words,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=said.file,
                stderr=said.file,
                env={**process_variables(environment), **variables},
            )
            status = _ended(process)
        except OSError as error:
            raise AgentError(f"{named}: can't be started ({error.strerror})") from error
        except subprocess.TimeoutExpired:
            raise AgentError(f"{named}: did not end within {PATIENCE_S:g} s") from None
        if status:
            last = said.last_line()
            raise AgentError(f"{named}: ended with status {status}{f': {last}' if last else ''}")


def _ended(process: subprocess.Popen[bytes]) -> int:
    """Its status; what doesn't end by itself is ended, with whatever it started."""
    try:
        return process.wait(PATIENCE_S)
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
