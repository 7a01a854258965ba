"""Runs Locust as processes of its own: importing it would replace the harness's sockets with gevent's."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from bench.host.child import passed_on, start
from bench.load.messages import REPORT, LoadSpec, Outcome
from bench.load.topology import ALONE, ClientProcesses
from bench.serving.address import LOOPBACK, ServerUrl
from bench.serving.errors import LoadError
from bench.serving.headers import variables as variables_of

_START_AND_END_S = 30.0
_POLL_S = 0.02


def drive(  # noqa: PLR0913
    order: LoadSpec,
    scenario_file: Path,
    *,
    users: int,
    port: int = 0,
    server: ServerUrl | None = None,
    trusted: Path | None = None,
    cores: Sequence[int] | None = None,
    crew: ClientProcesses = ALONE,
) -> Outcome:
    """What `users` of a scenario, on `cores`, observed of the `server`; None: of one at `port` of loopback. TLS
    trusts the certificates in the file `trusted`; None: what the server's URL says, or those that the system does.

    Raises LoadError when the client could not measure, crashed or didn't end in time. Leaves no process behind.
    """
    if users < crew.workers:
        raise LoadError(f"{crew.workers} processes need a user each, but there are {users}; increase --users")
    with tempfile.TemporaryDirectory(prefix="layercake-") as name, tempfile.TemporaryFile() as words:
        folder = Path(name)
        order_file, report_file = folder / "order.json", folder / "report.json"
        order_file.write_text(order.model_dump_json(), "utf-8")
        common = ["-m", "locust", "--headless", "--skip-log-setup"]
        command = [
            *common, "--locustfile", str(scenario_file.resolve()), "--only-summary", "--exit-code-on-error", "0",
            "--host", str(server or ServerUrl.loopback(port)), "--users", str(users), "--spawn-rate", str(users),
            "--order-file", str(order_file), "--report-file", str(report_file),
        ]  # fmt: skip
        workers = []
        if crew.workers:
            meeting = str(crew.port or _free_port())
            command += [
                "--master", "--master-bind-host", crew.bind, "--master-bind-port", meeting,
                "--expect-workers", str(crew.workers), "--expect-workers-max-wait", f"{crew.patience_s:.0f}",
            ]  # fmt: skip
            worker = [*common, "--locustfile", str(scenario_file.resolve()), "--worker"]
            workers = [[*worker, "--master-host", LOOPBACK, "--master-port", meeting]] * crew.here
        longest_s = _longest_s(order) + (crew.patience_s if crew.workers else 0.0)
        also = {name: os.environ[name] for name in variables_of(order.headers) if name in os.environ} | trusted_by_tls(
            trusted or (server.trusted if server else None)
        )
        status = _run(command, workers, folder, words, cores, longest_s, also)
        return _outcome(report_file, scenario_file, status, last_line(words))


def client(
    arguments: Sequence[str],
    folder: Path,
    words: IO[bytes],
    cores: Sequence[int] | None = None,
    variables: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """A Python process that may import Locust. In its own folder and home, so that no locust.conf changes what is
    measured. `variables` join its environment."""
    return start(
        [sys.executable, *arguments],
        cores=cores,
        cwd=folder,
        env=passed_on("VIRTUAL_ENV") | dict(variables or {}) | {"HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=words,
    )


def trusted_by_tls(file: Path | None = None) -> dict[str, str]:
    """The variables by which OpenSSL finds the certificates that it trusts, as paths that hold in any folder."""
    if file is not None:
        return {"SSL_CERT_FILE": str(file)}
    named = {name: os.environ.get(name, "") for name in ("SSL_CERT_FILE", "SSL_CERT_DIR")}
    return {
        name: os.pathsep.join(str(Path(part).resolve()) for part in paths.split(os.pathsep))
        for name, paths in named.items()
        if paths
    }


def _run(  # noqa: PLR0913, PLR0917
    command: list[str],
    workers: Sequence[list[str]],
    folder: Path,
    words: IO[bytes],
    cores: Sequence[int] | None,
    longest_s: float,
    variables: Mapping[str, str],
) -> int:
    """The exit status of the first process, which ends the workers; each of those has a core to itself if it can."""
    with ExitStack() as running:
        first = _started(running, command, folder, words, cores, variables)
        others = [
            _started(running, worker, folder, words, cores and [cores[number % len(cores)]], variables)
            for number, worker in enumerate(workers)
        ]
        deadline_s = time.monotonic() + longest_s
        while (status := first.poll()) is None:
            if time.monotonic() > deadline_s:
                raise LoadError(f"Locust did not end within {longest_s:g} s{last_line(words)}")
            if others and all(other.poll() for other in others):  # one that ended with 0 has done its part
                raise LoadError(f"every worker ended with status {others[0].returncode}{last_line(words)}")
            time.sleep(_POLL_S)
        return status


def _started(
    running: ExitStack,
    command: list[str],
    folder: Path,
    words: IO[bytes],
    cores: Sequence[int] | None,
    variables: Mapping[str, str],
) -> subprocess.Popen[bytes]:
    process = client(command, folder, words, cores, variables)
    running.callback(process.wait)
    running.callback(process.kill)
    return process


def _free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _outcome(report_file: Path, scenario_file: Path, status: int, last_line: str) -> Outcome:
    where = f"scenarios/{scenario_file.name}"
    try:
        report = REPORT.validate_json(report_file.read_bytes())
    except FileNotFoundError:
        raise LoadError(
            f"{where}: Locust ended with status {status} and without a report{last_line}; "
            "check the code of this scenario"
        ) from None
    except ValidationError as error:
        raise LoadError(f"{where}: Locust's report can't be read: {error.errors()[0]['msg']}") from error
    if isinstance(report, Outcome):
        return report
    raise LoadError(f"the client stopped: {report.reason}")


def _longest_s(order: LoadSpec) -> float:
    return _START_AND_END_S + order.warmup_s + order.duration_s + 2 * order.timeout_s


def last_line(words: IO[bytes]) -> str:
    """The last line of what a client said, as the end of a sentence."""
    words.seek(0)
    lines = words.read().decode(errors="replace").strip().splitlines()
    return f": {lines[-1]}" if lines else ""
