"""How fast the client itself can be: the same request and the same answer, from a server that does nothing."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bench.agent.app.error import AppError
from bench.agent.servers.unix_socket import unix_socket
from bench.host.affinity import Cores
from bench.host.child import start
from bench.load.locust_process import drive
from bench.load.messages import LoadSpec
from bench.load.topology import ALONE, ClientProcesses
from bench.model.load import Ceiling
from bench.serving.address import ServerUrl
from bench.serving.errors import LoadError
from bench.serving.headers import with_values
from bench.serving.null_server import CERTIFICATE, NullService

_WARMUP_S = 0.2
_DURATION_S = 0.6
_OF_THE_SERVER = ("server_pid", "database_pid", "meter")


def ceiling(
    asked: LoadSpec,
    scenario_file: Path,
    like: ServerUrl,
    *,
    users: int,
    cores: Cores,
    crew: ClientProcesses = ALONE,
) -> Ceiling:
    """What `users` of a scenario that repeats the exchange of a load reach back to back, or of its arrivals: of a null
    server `like` the one of that load, with its base path and its TLS. Raises LoadError."""
    with _socket_beside(like) as path, _null_server(_service(asked, like, path), cores.measured) as port:
        order = asked.model_copy(
            update={"warmup_s": _WARMUP_S, "duration_s": _DURATION_S, **dict.fromkeys(_OF_THE_SERVER)}
        )
        server = replace(
            ServerUrl.loopback(port, unix_socket=path, trusted=CERTIFICATE if like.tls else None),
            base_path=like.base_path,
        )
        seen = drive(order, scenario_file, server=server, users=users, cores=cores.client, crew=crew)
    if seen.errors:
        raise LoadError(f"the client fails against the null server: {seen.errors}")
    return Ceiling(requests=seen.requests, duration_s=seen.duration_s, client_cpu_s=seen.client_cpu_s)


def _service(asked: LoadSpec, like: ServerUrl, path: str | None) -> NullService:
    return NullService(
        exchange=asked.exchange,
        tls=like.tls,
        base_path=like.base_path,
        headers=with_values(asked.headers, os.environ),
        unix_socket=path,
    )


@contextlib.contextmanager
def _socket_beside(like: ServerUrl) -> Iterator[str | None]:
    """Where the null server listens if `like` listens on a Unix socket: in a folder of its own, which is removed."""
    if like.unix_socket is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="null-") as folder:
        try:
            path = unix_socket(folder, "null.sock")
        except AppError as error:
            raise LoadError(str(error)) from error
        yield path


@contextlib.contextmanager
def _null_server(service: NullService, cores: Sequence[int] | None) -> Iterator[int]:
    """Its port."""
    command = [sys.executable, "-m", "bench.serving.null_server"]
    process = start(command, cores=cores, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdin  # noqa: S101
        assert process.stdout  # noqa: S101
        process.stdin.write(service.model_dump_json().encode() + b"\n")
        process.stdin.flush()
        said = process.stdout.readline()
        if not said:
            raise LoadError(f"the null server ended with status {process.wait()} before it was ready")
        yield int(said)
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
