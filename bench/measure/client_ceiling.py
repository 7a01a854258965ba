"""How fast the client itself can be: the same request and the same answer, from a server that does nothing."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.host.affinity import Cores
from bench.host.child import start
from bench.load.locust_process import drive
from bench.load.messages import Arrivals, LoadSpec
from bench.load.topology import ALONE, ClientProcesses
from bench.model.exchange import Exchange
from bench.model.load import Ceiling
from bench.serving.errors import LoadError

_WARMUP_S = 0.2
_DURATION_S = 0.6


def ceiling(
    exchange: Exchange,
    scenario_file: Path,
    arrivals: Arrivals | None = None,
    *,
    users: int,
    cores: Cores,
    crew: ClientProcesses = ALONE,
) -> Ceiling:
    """What `users` of a scenario that repeats an exchange reach back to back, or of `arrivals`. Raises LoadError."""
    with _null_server(exchange, cores.measured) as port:
        order = LoadSpec(exchange=exchange, arrivals=arrivals, warmup_s=_WARMUP_S, duration_s=_DURATION_S)
        seen = drive(order, scenario_file, port=port, users=users, cores=cores.client, crew=crew)
    if seen.errors:
        raise LoadError(f"the client fails against the null server: {seen.errors}")
    return Ceiling(requests=seen.requests, duration_s=seen.duration_s, client_cpu_s=seen.client_cpu_s)


@contextlib.contextmanager
def _null_server(exchange: Exchange, cores: Sequence[int] | None) -> Iterator[int]:
    """Its port."""
    command = [sys.executable, "-m", "bench.serving.null_server"]
    process = start(command, cores=cores, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdin  # noqa: S101
        assert process.stdout  # noqa: S101
        process.stdin.write(exchange.model_dump_json().encode() + b"\n")
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
