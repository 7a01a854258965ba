"""What TLS costs the client: the same request over http and https, from a server that does nothing, in turns."""

from __future__ import annotations

import argparse
import statistics

from bench.host.affinity import cores
from bench.load.messages import LoadSpec
from bench.measure.client_ceiling import ceiling
from bench.model.exchange import Exchange
from bench.serving.address import ServerUrl
from bench.workspace import SCENARIOS

ROUNDS = 5
CONNECTIONS = 16
SIZES = (13, 10_000, 1_000_000)
"""Bytes of an answer."""


def cpu_us(body_bytes: int, scheme: str) -> float:
    """Client CPU per request."""
    exchange = Exchange(method="GET", path="/", headers={}, body=b"", status=200, answer=b"x" * body_bytes)
    order = LoadSpec(exchange=exchange, warmup_s=1, duration_s=1)
    server = ServerUrl.parse(f"{scheme}://127.0.0.1")
    seen = ceiling(order, SCENARIOS / "hot.py", server, users=CONNECTIONS, cores=cores())
    return seen.client_cpu_s / seen.requests * 1e6


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = words.parse_args().rounds
    print("| response | http | https | difference |\n|---|---|---|---|")
    for size in SIZES:
        pairs = [(cpu_us(size, "http"), cpu_us(size, "https")) for _ in range(rounds)]
        plain, tls = (statistics.median(one) for one in zip(*pairs, strict=True))
        more = statistics.median(tls - plain for plain, tls in pairs)
        print(f"| {size:,} bytes | {plain:.1f} µs | {tls:.1f} µs | {more:+.1f} µs |", flush=True)


if __name__ == "__main__":
    main()
