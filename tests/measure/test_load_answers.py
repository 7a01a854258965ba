"""Apps that answer with an error, or something else each time, are loaded like any other; no figure is looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.catalog.selection import cases
from bench.catalog.targets import read_targets
from bench.host.affinity import cores
from bench.measure.job import Job
from bench.measure.load import measure
from bench.model.scenario import Scenario
from bench.model.workload import EffortName
from bench.runner.contract import verify
from bench.runner.effort import EFFORTS
from bench.runner.plan import Plan
from bench.stack.environment import Environment

SCENARIO = Scenario(name="hot", description="One request.", users=3, duration_s=1.0)

APP = '''"""Answers in several ways."""

import gzip, time, uuid

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TARGET = {
    "over": None,
    "adds": "answers",
    "requests": {
        "broken": {"path": "/broken", "expect": {"status": 500}},
        "varies": {"path": "/varies"},
        "packed": {"path": "/packed", "expect": {"text": "same"}},
    },
}


async def broken(_):
    raise RuntimeError("unhandled")


async def varies(_):
    return JSONResponse({"id": str(uuid.uuid4()), "at": time.time()})


async def packed(_):
    now = time.time_ns() // 1_000_000 % 2**32
    return Response(gzip.compress(b"same", mtime=now), headers={"content-encoding": "gzip", "etag": str(now)})


app = Starlette(routes=[Route(f"/{one.__name__}", one) for one in (broken, varies, packed)])
'''


@pytest.mark.slow
def test_errors_that_are_expected_and_answers_that_vary_are_right_answers(
    environment: Environment, hot: Path, tmp_path: Path
) -> None:
    (tmp_path / "app.py").write_text(APP)
    targets = read_targets(tmp_path)
    plan = verify(Plan(environment, tmp_path, targets, cases(targets), EFFORTS[EffortName.QUICK], cores(), seed=1))
    seen = {case.request: measure(Job(plan, case, SCENARIO, hot), launch=0) for case in plan.cases}
    assert {name: sample.errors for name, sample in seen.items()} == {"broken": {}, "varies": {}, "packed": {}}
    assert {name: sample.compared for name, sample in seen.items()} == {
        "broken": "bytes",
        "varies": "shape",
        "packed": "bytes",
    }
    for sample in seen.values():
        assert sample.server_requests == sample.client_requests > 0
        assert 0 < sample.verified <= sample.requests
    assert seen["broken"].reconnects > 0
    assert seen["varies"].reconnects == seen["packed"].reconnects == 0
