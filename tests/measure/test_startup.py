"""A start is taken apart where its time goes, each time in a fresh process."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from plans import TINY, plan

from bench.measure import startup
from bench.model.run import MissingSample, Sample
from bench.model.startup import AT_REST, AtRestSample, BuildSample, CaseStartupSample
from bench.model.workload import Pass
from bench.stack.environment import Environment

TARGET = '''"""A target of a test."""
TARGET = {"over": None, "adds": "it", "requests": {"start": {"path": "/", "only": ["start-up"]}}}
'''
SPIN = "def spin(s):\n    import time\n    end = time.thread_time() + s\n    while time.thread_time() < end: pass\n"
FASTAPI = f"""{TARGET}
from contextlib import asynccontextmanager
from fastapi import FastAPI
from _spin import spin
held = None
@asynccontextmanager
async def up(app):
    spin(LIFESPAN)
    yield
app = FastAPI(lifespan=up)
@app.get('/')
async def one():
    spin(REQUEST)
    return 'fine'
spin(BUILD)
held = [b'%d' % number for number in range(HELD)]
"""


def written(folder: Path, name: str, **burnt: float) -> None:
    """A FastAPI target that burns so many seconds of CPU in each step, and holds so many objects."""
    code = FASTAPI
    for step in ("LIFESPAN", "REQUEST", "BUILD", "HELD"):
        code = code.replace(step, str(burnt.get(step.lower(), 0)))
    (folder / f"{name}.py").write_text(code)
    (folder / "_spin.py").write_text(SPIN)


@pytest.fixture(scope="module")
def samples(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> list[Sample | MissingSample]:
    """Of apps that burn nothing, burn, hold, don't start, and refuse memray."""
    folder = tmp_path_factory.mktemp("targets")
    written(folder, "idle")
    written(folder, "busy", lifespan=0.1, request=0.15, build=0.2)
    written(folder, "holding", held=200_000)
    (folder / "broken.py").write_text(f"{TARGET}\napp = None\nraise RuntimeError('no app today')\n")
    (folder / "shy.py").write_text(
        f"{TARGET}\nimport sys\nfrom fastapi import FastAPI\napp = FastAPI()\n"
        "if 'memray' in sys.modules:\n    raise RuntimeError('not under memray')\n"
        "@app.get('/')\nasync def one():\n    return 1\n"
    )
    effort = replace(TINY, startup_launches=3, at_rest_launches=1, build_launches=1)
    return list(startup.measure(replace(plan(environment, folder), effort=effort)))


def of(samples: list[Sample | MissingSample], target: str) -> CaseStartupSample:
    """The last launch, which knows what is imported."""
    return [one for one in samples if isinstance(one, CaseStartupSample) and one.case == f"{target}:start"][-1]


def missing(samples: list[Sample | MissingSample], target: str) -> list[MissingSample]:
    return [one for one in samples if isinstance(one, MissingSample) and one.case == f"{target}:start"]


def test_each_step_has_the_cpu_that_it_burns(samples: list[Sample | MissingSample]) -> None:
    assert not missing(samples, "idle")
    assert not missing(samples, "busy")
    idle, busy = of(samples, "idle"), of(samples, "busy")
    for step, burnt_ms in (("build", 200), ("lifespan", 100), ("first_request", 150)):
        more_ms = getattr(busy, f"{step}_cpu_ms") - getattr(idle, f"{step}_cpu_ms")
        assert burnt_ms * 0.9 < more_ms < burnt_ms * 1.6
    assert busy.libraries_cpu_ms is not None
    assert idle.libraries_cpu_ms is not None
    assert idle.libraries_cpu_ms > 50  # FastAPI is among them
    assert idle.build_cpu_ms is not None
    assert idle.build_cpu_ms < idle.libraries_cpu_ms
    assert busy.import_cpu_ms == pytest.approx(busy.libraries_cpu_ms + (busy.build_cpu_ms or 0))


def test_the_first_launch_learns_what_is_imported(samples: list[Sample | MissingSample]) -> None:
    first, *others = [one for one in samples if isinstance(one, CaseStartupSample) and one.case == "idle:start"]
    assert first.libraries_cpu_ms is first.build_cpu_ms is first.libraries_mb is None
    assert all(one.libraries_cpu_ms and one.interpreter_cpu_ms for one in others)
    assert len({one.hash_seed for one in others}) == 2
    assert {one.routes for one in others} == {5}  # with those of the documentation
    assert all(len(one.reference_us) > 50 for one in (first, *others))


def test_what_is_held_at_rest_is_counted(samples: list[Sample | MissingSample]) -> None:
    live = {one.case: one for one in samples if isinstance(one, AtRestSample)}
    more = live["holding:start"].live_allocs - live["idle:start"].live_allocs
    assert 199_000 < more < 201_000
    assert of(samples, "holding").rest_mb - of(samples, "idle").rest_mb > 5
    assert (of(samples, "holding").build_mb or 0) - (of(samples, "idle").build_mb or 0) > 5


def test_building_is_told_apart(samples: list[Sample | MissingSample]) -> None:
    built = {one.case: one for one in samples if isinstance(one, BuildSample)}
    idle, busy = built["idle:start"], built["busy:start"]
    assert idle.routes_cpu_ms > 0
    assert idle.dependants_cpu_ms > 0
    assert busy.others_cpu_ms - idle.others_cpu_ms > 150  # what the app burns is none of FastAPI's
    assert busy.routes_cpu_ms < busy.others_cpu_ms


def test_an_app_that_does_not_start_is_an_absence_and_is_not_tried_again(
    samples: list[Sample | MissingSample],
) -> None:
    found = missing(samples, "broken")
    assert [one.scenario for one in found] == [None]
    assert "no app today" in found[0].reason


def test_what_memray_can_not_count_costs_no_other_figure(samples: list[Sample | MissingSample]) -> None:
    (found,) = missing(samples, "shy")
    assert (found.during, found.scenario) == (Pass.STARTUP, AT_REST)
    assert of(samples, "shy").import_cpu_ms > 0
    assert "shy:start" not in {one.case for one in samples if isinstance(one, AtRestSample)}
