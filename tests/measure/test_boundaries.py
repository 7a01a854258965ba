"""A real served launch: timed and untimed windows under one load, and what burns is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from plans import plan, write_target

from bench.analysis.run.attribution_methods import timers
from bench.analysis.run.checks import checks
from bench.measure import boundaries
from bench.model.boundaries import BoundarySample
from bench.model.run import MissingSample
from bench.model.workload import Pass
from bench.stack.environment import Environment

pytestmark = pytest.mark.measures

TARGET = '''"""A target of a test."""
import time
from fastapi import FastAPI

TARGET = {"over": None, "adds": "slow", "requests": {"one": {"path": "/"}}}
app = FastAPI()


@app.get("/")
async def get() -> str:
    end = time.thread_time_ns() + 1_000_000
    while time.thread_time_ns() < end:
        pass
    return "fine"
'''


def test_a_millisecond_burnt_in_a_served_handler_is_found_in_its_row(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(TARGET)
    ready = replace(plan(environment, tmp_path), attributed=frozenset({"slow:one"}))
    (found,) = boundaries.measure(ready)
    assert isinstance(found, BoundarySample)
    assert all(check.passed for check in checks(found)), checks(found)
    assert found.missing == ()
    assert found.layers_s["handler"] / found.timed.requests == pytest.approx(1e-3, rel=0.2)
    method = timers([found], min(found.timed.reference_us))
    assert {cell.rows[0] for cell in method.cells} >= {"kernel", "server", "starlette", "fastapi", "handler", "gc"}
    assert method.whole_us is not None
    assert method.sum_us == pytest.approx(method.whole_us.mean, rel=0.15)


@pytest.mark.slow
def test_what_fails_is_an_absence_once_and_the_others_go_on(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "broken", "raise ValueError('no use')")
    write_target(tmp_path, "fine", "")
    ready = plan(environment, tmp_path)
    effort = replace(ready.effort, boundary_launches=2, boundary_s=0.1)
    found = list(boundaries.measure(replace(ready, effort=effort, attributed=frozenset({"broken:one", "fine:one"}))))
    (absence,) = (one for one in found if isinstance(one, MissingSample))
    assert (absence.case, absence.during, absence.kind) == ("broken:one", Pass.BOUNDARIES, "invalid")
    assert "no use" in absence.reason
    assert [(one.case, one.launch) for one in found if isinstance(one, BoundarySample)] == [
        ("fine:one", 0),
        ("fine:one", 1),
    ]
