"""Locust as a process of its own: importing it would replace the harness's sockets with gevent's."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from bench.load.order import REPORT, Order, Outcome

_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
_START_AND_END_S = 30.0


class LoadError(Exception):
    """A load that gave no sample; the message says what happened, where, and what to do next."""


def drive(order: Order, scenario_file: Path, *, port: int, users: int, cores: Sequence[int] | None = None) -> Outcome:
    """What `users` of a scenario, on `cores`, observed of the server on a loopback port.

    Raises LoadError when the client gave up, crashed or didn't end in time. Leaves no process behind.
    """
    with tempfile.TemporaryDirectory(prefix="layercake-") as name, tempfile.TemporaryFile() as words:
        folder = Path(name)
        order_file, report_file = folder / "order.json", folder / "report.json"
        order_file.write_text(order.model_dump_json(), "utf-8")
        command = [
            sys.executable, "-m", "locust", "--locustfile", str(scenario_file.resolve()), "--headless",
            "--only-summary", "--skip-log-setup", "--exit-code-on-error", "0", "--host", f"http://127.0.0.1:{port}",
            "--users", str(users), "--spawn-rate", str(users),
            "--order-file", str(order_file), "--report-file", str(report_file),
        ]  # fmt: skip
        status = _run(command, folder, words, cores, _longest_s(order))
        return _outcome(report_file, scenario_file, status, _last_line(words))


def _run(command: list[str], folder: Path, words: IO[bytes], cores: Sequence[int] | None, longest_s: float) -> int:
    """The exit status. In its own folder and home, so that no locust.conf changes what is measured; in a session of
    its own, so that Ctrl-C reaches the harness alone."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | {"HOME": str(folder)}
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=words,
        start_new_session=True,
    )
    try:
        if cores is not None:
            os.sched_setaffinity(process.pid, cores)
        return process.wait(longest_s)
    except subprocess.TimeoutExpired:
        raise LoadError(f"Locust didn't end within {longest_s:g} s{_last_line(words)}") from None
    finally:
        process.kill()
        process.wait()


def _outcome(report_file: Path, scenario_file: Path, status: int, last_line: str) -> Outcome:
    where = f"scenarios/{scenario_file.name}"
    try:
        report = REPORT.validate_json(report_file.read_bytes())
    except FileNotFoundError:
        raise LoadError(
            f"{where}: Locust ended with status {status} and no report{last_line}; try it with `locust -f {where}`"
        ) from None
    except ValidationError as error:
        raise LoadError(f"{where}: Locust's report can't be read: {error.errors()[0]['msg']}") from error
    if isinstance(report, Outcome):
        return report
    raise LoadError(f"the client gave up: {report.reason}")


def _longest_s(order: Order) -> float:
    return _START_AND_END_S + order.warmup_s + order.duration_s + order.timeout_s


def _last_line(words: IO[bytes]) -> str:
    words.seek(0)
    lines = words.read().decode(errors="replace").strip().splitlines()
    return f": {lines[-1]}" if lines else ""
