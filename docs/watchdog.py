"""What watching the event loop costs a request: CPU per request with the watch on against off, in turns under one load.

    python docs/watchdog.py [--case fastapi_plain:plain] [--launches 5] [--quartets 5] [--rate N]

Off, on, on, off, so that a drift hits both alike; the launch is the replicate. Closed (16 users) without a rate.
"""

from __future__ import annotations

import argparse
import math
import sys
import threading
import time
from collections.abc import Callable
from statistics import fmean

from bench.cli import interruption
from bench.host.procfs import cpu_s
from bench.load.locust_process import drive
from bench.load.messages import Arrivals, LoadSpec
from bench.model.exchange import Exchange
from bench.model.workload import Case, EffortName, Pass
from bench.runner.agent_process import Agent
from bench.runner.plan import Plan
from bench.serving.address import LOOPBACK
from bench.serving.expected import reference
from bench.stats.intervals import estimate
from bench.workflows.planning import plan
from bench.workflows.request import MeasurementRequest
from bench.workspace import SCENARIOS

USERS = 16
WINDOW_S = 0.5
SETTLE_S = 0.02
STARTS_S = 3.0


def window_us(agent: Agent, on: bool) -> float:
    """CPU per request for a while, with the watch on or off, as a load computes it: without what was spent on looks."""
    agent.call("watch_loop", on=on)
    time.sleep(SETTLE_S)
    begin_s, before = time.perf_counter(), (int(agent.call("counted")), cpu_s(agent.pid))
    time.sleep(WINDOW_S)
    requests, spent_s = int(agent.call("counted")) - before[0], cpu_s(agent.pid) - before[1]
    end_s = time.perf_counter()
    agent.call("watch_loop", on=False)
    looks = agent.call("served")["references"]
    looks_us: float = sum(spent_us for at_s, _, spent_us in looks if begin_s <= at_s <= end_s)
    return (spent_s * 1e6 - looks_us) / requests


def launch(ready: Plan, case: Case, number: int, quartets: int, rate: float | None) -> tuple[float, float]:
    """Means of both, off and on."""
    with ready.launch(number) as agent:
        exchange = reference(ready, case, agent)
        port = agent.call("serve", target=case.target, host=LOOPBACK, port=0)["port"]
        load = threading.Thread(target=_loader(exchange, port, quartets, rate, ready.cores.client), daemon=True)
        load.start()
        while agent.call("counted") < USERS:
            time.sleep(0.1)
        time.sleep(1.0)
        seen: dict[bool, list[float]] = {False: [], True: []}
        for on in (False, True, True, False) * quartets:
            seen[on].append(window_us(agent, on))
        load.join()
    return fmean(seen[False]), fmean(seen[True])


def _loader(
    exchange: Exchange, port: int, quartets: int, rate: float | None, cores: tuple[int, ...] | None
) -> Callable[[], None]:
    duration_s = STARTS_S + quartets * 4 * (WINDOW_S + 3 * SETTLE_S)
    arrivals = Arrivals(rate=rate, spread="constant", seed=1) if rate else None
    order = LoadSpec(exchange=exchange, arrivals=arrivals, warmup_s=0.5, duration_s=duration_s)
    return lambda: void(drive(order, SCENARIOS / "hot.py", port=port, users=USERS, cores=cores))


def void(_: object) -> None:
    """A thread has no result."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", default="fastapi_plain:plain")
    parser.add_argument("--launches", type=int, default=5)
    parser.add_argument("--quartets", type=int, default=5)
    parser.add_argument("--rate", type=float)
    asked = parser.parse_args()
    ready, _ = plan(MeasurementRequest((Pass.LOAD,), EffortName.QUICK, globs=(asked.case,)))
    (case,) = ready.cases
    ratios = []
    for number in range(asked.launches):
        off_us, on_us = launch(ready, case, number, asked.quartets, asked.rate)
        ratios.append(math.log(on_us / off_us))
        print(f"launch {number + 1}: {off_us:.1f} µs off, {on_us:.1f} µs on", file=sys.stderr)
    found = estimate(ratios)
    low, high = (found.low or found.mean), (found.high or found.mean)
    said = [f"{math.expm1(one):+.2%}" for one in (found.mean, low, high)]
    print(f"{case.id}: {said[0]} CPU per request with the watch on (95% interval {said[1]} to {said[2]})")


if __name__ == "__main__":
    with interruption.restored():
        main()
