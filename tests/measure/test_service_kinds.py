"""Services that wait, stall or start slowly: each gives valid figures, and is told for what it is."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from plans import plan

from bench.analysis.load.checks import SAFEGUARDS
from bench.analysis.load.service import Limit, conditions, limit, stalled
from bench.measure.job import Job
from bench.measure.load import measure
from bench.model.load import LoadSample
from bench.model.scenario import Scenario
from bench.model.workload import EffortName
from bench.runner.effort import EFFORTS
from bench.stack.environment import Environment
from bench.stats.histogram import percentile

pytestmark = pytest.mark.measures

_TARGET = '''"""Not only work."""

import asyncio
import contextlib
import time
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse
from starlette.routing import Route

TARGET = {{"over": None, "adds": "a wait", "requests": {{"get": {{"path": "/"}}}}}}
POOL = asyncio.Semaphore(10)
STALLS = Path(__file__).with_name("stalls")
BEGAN = []


async def session():
    async with POOL:
        await asyncio.sleep(0.05)


async def stalls():
    while True:
        await asyncio.sleep(0.8)
        began = time.monotonic()
        time.sleep(0.2)
        with STALLS.open("a") as noted:
            noted.write(f"{{began}} {{time.monotonic()}}\\n")


@contextlib.asynccontextmanager
async def lifespan(_):
    task = asyncio.create_task(stalls()) if {stalls} else None
    yield
    if task:
        task.cancel()


async def get(_):
    BEGAN.append(time.monotonic())
    {body}
    return PlainTextResponse("ok")


app = Starlette(routes=[Route("/", get)], lifespan=lifespan)
'''
LOOKS_APART_S = 0.02
_OF_THE_MACHINE = {"undisturbed", "client_grows_not"}

Served = Callable[..., LoadSample]


@pytest.fixture
def served(environment: Environment, root: Path, tmp_path: Path) -> Served:
    """A valid sample of a route with such a body."""

    def observed(body: str, *, users: int, stalls: bool = False, duration_s: float = 2.0) -> LoadSample:
        (tmp_path / "service.py").write_text(_TARGET.format(body=body, stalls=stalls))
        full = plan(environment, tmp_path, EFFORTS[EffortName.FULL], seed=1)
        scenario = Scenario(name="hot", description="One.", users=users, duration_s=duration_s / full.effort.load_share)
        sample = measure(Job(full, full.cases[0], scenario, root / "scenarios" / "hot.py"), launch=0)
        checked = [check for one in SAFEGUARDS if one.__name__ not in _OF_THE_MACHINE and (check := one(sample))]
        assert [check for check in checked if not check.passed] == []
        return sample

    return observed


def assert_no_faster_than(sample: LoadSample, most_per_s: float, least_ms: float, users: int) -> None:
    """A machine may be slow, but nothing waits for less than it asked for. That as many requests are under way as there
    are users is one of the safeguards."""
    assert sample.requests <= most_per_s * sample.duration_s + users  # who are under way at both edges
    soonest_ms, median_ms = (percentile(sample.latency, q) for q in (0.01, 0.5))
    assert soonest_ms is not None
    assert median_ms is not None
    assert soonest_ms > 0.98 * least_ms  # clocks and sleeps are exact to a millisecond
    assert median_ms > 0.7 * users / most_per_s * 1e3


@pytest.mark.parametrize(
    ("body", "users", "most_per_s"),
    [
        pytest.param("await asyncio.sleep(0.05)", 16, 320, id="a database", marks=pytest.mark.slow),
        pytest.param("await run_in_threadpool(time.sleep, 0.05)", 16, 320, id="a thread", marks=pytest.mark.slow),
        pytest.param("await session()", 60, 200, id="a pool of ten sessions", marks=pytest.mark.slow),
    ],
)
def test_a_service_that_waits_has_the_rate_and_latency_that_its_wait_makes(
    served: Served, body: str, users: int, most_per_s: float
) -> None:
    sample = served(body, users=users)
    assert_no_faster_than(sample, most_per_s, 50, users)
    assert limit(sample).name == Limit.WAITING


@pytest.mark.slow
def test_a_blocked_event_loop_is_told_from_a_wait(served: Served) -> None:
    sample = served("time.sleep(0.05)", users=4)
    assert_no_faster_than(sample, 20, 50, users=4)
    assert limit(sample).name == Limit.HELD


@pytest.mark.slow
def test_stalls_that_come_every_second_are_counted(served: Served, tmp_path: Path) -> None:
    """A slow machine may stall the service more often, and for longer: what it planted itself is there at least."""
    sample = served("await asyncio.sleep(0.005)", users=4, stalls=True, duration_s=4.0)
    own = [tuple(map(float, line.split())) for line in (tmp_path / "stalls").read_text().splitlines()]
    apart_s = [later[0] - stall[0] for stall, later in pairwise(own)]
    assert min(apart_s) > 0.8
    found = stalled(sample)
    assert len(found) >= int(sample.duration_s / max(apart_s)) > 1
    assert max(one.duration_s for one in found) >= min(end - began for began, end in own) - 2 * LOOKS_APART_S
    (told,) = [one.evidence for one in conditions(sample) if one.name == "stalls"]
    assert told.startswith(f"no answer {len(found)} times, the longest for ")


@pytest.mark.slow
def test_a_slow_start_is_an_unsteady_rate(served: Served) -> None:
    body = "await asyncio.sleep(0.1 if BEGAN[-1] - BEGAN[:10][-1] < 3 else 0.02)"  # the first are of the harness
    sample = served(body, users=4, duration_s=4.0)
    assert "unsteady rate" in {one.name for one in conditions(sample)}
