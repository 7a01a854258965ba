"""Services that wait, stall or start slowly: each gives valid figures, and is told for what it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from plans import plan

from bench.analysis.load_checks import SAFEGUARDS
from bench.analysis.service import Limit, conditions, limit
from bench.measure.job import Job
from bench.measure.load import measure
from bench.model.load import LoadSample
from bench.model.workload import EffortName, Scenario
from bench.runner.effort import EFFORTS
from bench.stack.environment import Environment
from bench.stats.histogram import percentile

pytestmark = pytest.mark.measures

_TARGET = '''"""Not only work."""

import asyncio
import contextlib
import time

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse
from starlette.routing import Route

TARGET = {{"over": None, "adds": "a wait", "requests": {{"get": {{"path": "/"}}}}}}
POOL = asyncio.Semaphore(10)
BEGAN = []


async def session():
    async with POOL:
        await asyncio.sleep(0.05)


async def stalls():
    while True:
        await asyncio.sleep(0.8)
        time.sleep(0.2)


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


@pytest.mark.parametrize(
    ("body", "users", "per_s", "median_ms"),
    [
        ("await asyncio.sleep(0.05)", 16, 320, 50),
        ("await run_in_threadpool(time.sleep, 0.05)", 16, 320, 50),
        ("await session()", 60, 200, 300),
    ],
    ids=["a database", "a thread", "a pool of ten sessions"],
)
def test_a_service_that_waits_has_the_rate_and_latency_that_its_wait_makes(
    served: Served, body: str, users: int, per_s: float, median_ms: float
) -> None:
    sample = served(body, users=users)
    assert sample.requests / sample.duration_s == pytest.approx(per_s, rel=0.2)
    assert percentile(sample.latency, 0.5) == pytest.approx(median_ms, rel=0.2)
    assert limit(sample).name == Limit.WAITING


def test_a_blocked_event_loop_is_told_from_a_wait(served: Served) -> None:
    sample = served("time.sleep(0.05)", users=4)
    assert sample.requests / sample.duration_s == pytest.approx(20, rel=0.2)
    assert limit(sample).name == Limit.HELD


def test_stalls_that_come_every_second_are_counted(served: Served) -> None:
    sample = served("await asyncio.sleep(0.005)", users=4, stalls=True, duration_s=4.0)
    found = {one.name: one.evidence for one in conditions(sample)}
    assert "the longest for 0.2 s" in found["stalls"]


def test_a_slow_start_is_an_unsteady_rate(served: Served) -> None:
    body = "await asyncio.sleep(0.1 if BEGAN[-1] - BEGAN[:10][-1] < 3 else 0.02)"  # the first are of the harness
    sample = served(body, users=4, duration_s=4.0)
    assert "unsteady rate" in {one.name for one in conditions(sample)}
