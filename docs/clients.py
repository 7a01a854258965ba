"""Load generators side by side: ours, Locust's FastHttpUser, and wrk where it is installed, in turn on one server.

    python docs/clients.py [--rounds 5] [--seconds 4] [--connections 32]

Each drives the same uvicorn with the raw ASGI target, from the client's core, as often as the others and in a shuffled
order. Requests are those that the server has counted; client CPU is that of the client's process, its start left out.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.cli import interruption
from bench.host.procfs import cpu_s
from bench.load.locust_process import drive
from bench.load.messages import LoadSpec
from bench.model.exchange import Exchange
from bench.model.workload import EffortName, Pass
from bench.runner.agent_process import Agent
from bench.serving.address import LOOPBACK
from bench.stats.histogram import percentile
from bench.text.numbers import DASH
from bench.workflows.planning import plan
from bench.workflows.request import MeasurementRequest
from bench.workspace import SCENARIOS

TARGET, REQUEST = "raw_asgi", "plain"
WARMUP_S = 1.0
STARTS_S = 3.0

FASTHTTP = """
from locust import FastHttpUser, task

class Fast(FastHttpUser):
    @task
    def ask(self):
        self.client.get({path!r})
"""


@dataclass(frozen=True)
class Seen:
    """One round of one client. `p50_ms` is its own word."""

    rps: float
    client_cpu_us: float
    server_busy: float
    p50_ms: float | None


@dataclass(frozen=True)
class Server:
    """The server that all share."""

    agent: Agent
    port: int
    exchange: Exchange
    cores: tuple[int, ...]

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}{self.exchange.path}"


def ours(server: Server, seconds: float, connections: int) -> Seen:
    order = LoadSpec(exchange=server.exchange, warmup_s=WARMUP_S, duration_s=seconds, server_pid=server.agent.pid)
    seen = drive(order, SCENARIOS / "hot.py", port=server.port, users=connections, cores=server.cores)
    if seen.errors:
        raise SystemExit(f"our client fails: {seen.errors}")
    begin, end = seen.readings
    return Seen(
        rps=seen.requests / seen.duration_s,
        client_cpu_us=seen.client_cpu_s / seen.requests * 1e6,
        server_busy=(end.cpu_s - begin.cpu_s) / seen.duration_s,
        p50_ms=percentile(seen.latency, 0.5),
    )


def wrk(server: Server, seconds: float, connections: int) -> Seen:
    """All of its process, which starts in no time; its own count, since it doesn't end on a whole second."""
    before_s, begin_s = cpu_s(server.agent.pid), time.perf_counter()
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--latency", server.url]
    with tempfile.TemporaryFile("w+") as out, subprocess.Popen(command, stdout=out) as process:
        os.sched_setaffinity(process.pid, server.cores)
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0
        out.seek(0)
        words = out.read()
    elapsed_s = time.perf_counter() - begin_s
    requests = int(re.search(r"(\d+) requests in", words)[1])  # type: ignore[index]
    value, unit = re.search(r"50%\s+([\d.]+)(us|ms|s)", words).groups()  # type: ignore[union-attr]
    return Seen(
        rps=float(re.search(r"Requests/sec:\s+([\d.]+)", words)[1]),  # type: ignore[index]
        client_cpu_us=(used.ru_utime + used.ru_stime) / requests * 1e6,
        server_busy=(cpu_s(server.agent.pid) - before_s) / elapsed_s,
        p50_ms=float(value) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[unit],
    )


def fasthttp(server: Server, seconds: float, connections: int) -> Seen:
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "fast.py"
        file.write_text(FASTHTTP.format(path=server.exchange.path))
        command = [
            sys.executable, "-m", "locust", "-f", str(file), "--headless", "--only-summary", "--skip-log-setup",
            "--host", f"http://{LOOPBACK}:{server.port}", "-u", str(connections), "-r", str(connections),
        ]  # fmt: skip
        process = subprocess.Popen(command, cwd=name, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            os.sched_setaffinity(process.pid, server.cores)
            time.sleep(STARTS_S + WARMUP_S)
            begin = (time.perf_counter(), server.agent.call("counted"), cpu_s(process.pid), cpu_s(server.agent.pid))
            time.sleep(seconds)
            end = (time.perf_counter(), server.agent.call("counted"), cpu_s(process.pid), cpu_s(server.agent.pid))
        finally:
            process.kill()
            process.wait()
    elapsed_s, requests, client_s, server_s = (after - before for before, after in zip(begin, end, strict=True))
    return Seen(requests / elapsed_s, client_s / requests * 1e6, server_s / elapsed_s, None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--connections", type=int, default=32)
    asked = parser.parse_args()
    clients: dict[str, Callable[[Server, float, int], Seen]] = {"layercake": ours, "FastHttpUser": fasthttp}
    if shutil.which("wrk"):
        clients["wrk -t1"] = wrk
    else:
        print("wrk isn't installed, and is left out", file=sys.stderr)
    ready, _ = plan(MeasurementRequest((Pass.LOAD,), EffortName.QUICK, globs=(f"{TARGET}:{REQUEST}",)))
    request = ready.targets[TARGET].requests[REQUEST]
    found: dict[str, list[Seen]] = {name: [] for name in clients}
    with ready.launch(0) as agent:
        started = agent.call("serve", target=TARGET, host=LOOPBACK, port=0)
        answer = (request.expect.text or "").encode()
        exchange = Exchange(method="GET", path=request.path, headers={}, body=b"", status=200, answer=answer)
        server = Server(agent, started["port"], exchange, ready.cores.client or ())
        for round_ in range(asked.rounds):
            for name in random.sample(sorted(clients), len(clients)):
                found[name].append(clients[name](server, asked.seconds, asked.connections))
            print(f"round {round_ + 1} of {asked.rounds}", file=sys.stderr)
        print(f"{TARGET}:{REQUEST} on {started['server']}, {asked.connections} connections")
    _show(found)


def _show(found: dict[str, list[Seen]]) -> None:
    """Medians over the rounds; the ratios are of each round's own."""
    print(
        f"{'client':<14}{'requests/s':>12}{'client CPU':>12}{'server busy':>13}{'p50':>10}{'of wrk':>9}{'CPU/wrk':>9}"
    )
    for name, rounds in found.items():
        p50s = [seen.p50_ms for seen in rounds if seen.p50_ms is not None]
        ratios = ["", ""]
        with suppress(KeyError):
            pairs = list(zip(rounds, found["wrk -t1"], strict=True))
            ratios = [
                f"{statistics.median(one.rps / other.rps for one, other in pairs):.3f}",
                f"{statistics.median(one.client_cpu_us / other.client_cpu_us for one, other in pairs):.2f}",
            ]
        print(
            f"{name:<14}{statistics.median(seen.rps for seen in rounds):>12,.0f}"
            f"{statistics.median(seen.client_cpu_us for seen in rounds):>9.2f} µs"
            f"{statistics.median(seen.server_busy for seen in rounds):>13.0%}"
            f"{f'{statistics.median(p50s):.3f} ms' if p50s else DASH:>10}{ratios[0]:>9}{ratios[1]:>9}"
        )


if __name__ == "__main__":
    interruption.run(lambda: main)
