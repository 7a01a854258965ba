"""A real server that is stopped in the middle of a load: the figures are those of arithmetic, and the load is valid."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from plans import plan

from bench.analysis.load.checks import SAFEGUARDS
from bench.analysis.load.quantities import beyond_latencies
from bench.analysis.load.service import conditions, stalled
from bench.load.topology import ClientProcesses, Topology
from bench.measure.job import Job
from bench.measure.load import measure
from bench.model.load import LoadSample
from bench.model.scenario import Scenario
from bench.model.workload import EffortName
from bench.runner.effort import EFFORTS
from bench.stack.environment import Environment
from bench.stats.histogram import percentile

pytestmark = pytest.mark.measures

RATE = 200.0
# What depends on how quiet the machine is: other tests hold it to more.
_OF_THE_MACHINE = {"undisturbed", "speed_known", "client_grows_not"}


@contextmanager
def stopped_once(after_s: float, stop_s: float) -> Iterator[list[float]]:
    """The server among this process's children stands still for `stop_s`, `after_s` after it began to answer."""
    done: list[float] = []

    def stop() -> None:
        deadline_s = time.monotonic() + 60
        while not done and time.monotonic() < deadline_s:
            for child in psutil.Process().children(recursive=True):
                if _asked(child):
                    time.sleep(after_s)
                    child.suspend()
                    begin_s = time.monotonic()
                    time.sleep(stop_s)
                    done.append(time.monotonic() - begin_s)
                    child.resume()
                    return
            time.sleep(0.02)

    thread = threading.Thread(target=stop)
    thread.start()
    yield done
    thread.join()


def _asked(child: psutil.Process) -> bool:
    """Whether it is the server, and has connections that were made to it; so has Locust's master."""
    try:
        if "locust" in child.cmdline():
            return False
        made = [one for one in child.net_connections("tcp") if one.status == psutil.CONN_ESTABLISHED]
        listening = {one.laddr.port for one in child.net_connections("tcp") if one.status == psutil.CONN_LISTEN}
        return sum(one.laddr.port in listening for one in made) > 1
    except psutil.Error:
        return False


def observed(
    environment: Environment, root: Path, *, duration_s: float, stop_s: float, workers: int = 0
) -> tuple[LoadSample, float]:
    """The sample, and how long the server really stood still."""
    full = plan(environment, root / "targets", EFFORTS[EffortName.FULL], seed=1)
    case = next(case for case in full.cases if case.id == "starlette_plain:plain")
    share = full.effort.load_share
    scenario = Scenario(
        name="hot", description="One.", users=16, model="open", rate=RATE, duration_s=duration_s / share
    )
    setting = Topology(crew=ClientProcesses(here=workers))
    with stopped_once(duration_s / 3, stop_s) as done:
        sample = measure(Job(full, case, scenario, root / "scenarios" / "hot.py", setting), launch=0)
    return sample, done[0]


def hold_to_arithmetic(sample: LoadSample, stop_s: float, within: float) -> None:
    """Of all that fell due, what came in the stall waited for the rest of it: evenly from nothing to all of it."""
    due_s = sample.duration_s
    for q in (0.9, 0.99):
        must_s = stop_s - (1 - q) * due_s
        found_ms = percentile(sample.latency, q, beyond_latencies(sample))
        assert found_ms is not None
        assert found_ms / 1e3 == pytest.approx(must_s, rel=within)
    invalid = [
        check
        for safeguard in SAFEGUARDS
        if safeguard.__name__ not in _OF_THE_MACHINE and (check := safeguard(sample)) and not check.passed
    ]
    assert invalid == []
    longest = max(stalled(sample), key=lambda one: one.duration_s)  # a slow machine may have stalled it as well
    assert longest.duration_s == pytest.approx(stop_s, rel=within)
    assert "stalls" in {one.name for one in conditions(sample)}
    assert any(one.requests == 0 for one in sample.timeline) or stop_s < 2


@pytest.mark.slow
def test_a_stop_of_a_second_is_in_the_percentiles_and_named(environment: Environment, root: Path) -> None:
    sample, stop_s = observed(environment, root, duration_s=5.0, stop_s=1.5)
    hold_to_arithmetic(sample, stop_s, within=0.2)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 2])
def test_a_stop_of_ten_seconds_in_thirty_gives_the_computed_percentiles(
    environment: Environment, root: Path, workers: int
) -> None:
    sample, stop_s = observed(environment, root, duration_s=30.0, stop_s=10.0, workers=workers)
    hold_to_arithmetic(sample, stop_s, within=0.05)
    assert sum(sample.errors.values()) <= 2 * sample.users
