"""Passes that look inside the server leave out what runs in processes of its own, and cost no other pass anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from plans import plan, write_target

from bench.analysis.run.figures import Standing
from bench.analysis.run.summary import summarise
from bench.measure import boundaries, profile_served
from bench.measure.inside_server import not_inside
from bench.model.run import MissingSample
from bench.model.server import ServerSettings
from bench.model.workload import Pass
from bench.runner.plan import Plan
from bench.stack.environment import no_environment
from tests.factories import synthetic_run


@pytest.fixture
def two_workers(tmp_path: Path) -> Plan:
    write_target(tmp_path, "fine", "", requests='{"one": {"path": "/"}}')
    served = plan(no_environment(), tmp_path)
    return replace(
        served, server=ServerSettings.parse("uvicorn workers=2"), attributed=frozenset(one.id for one in served.cases)
    )


def test_one_process_is_looked_inside(two_workers: Plan) -> None:
    alone = replace(two_workers, server=ServerSettings.parse("uvicorn loop=asyncio access_log=on"))
    assert not list(not_inside(alone, alone.cases, Pass.BOUNDARIES))


def test_boundaries_and_profiles_of_several_processes_are_left_out(two_workers: Plan) -> None:
    (absence,) = boundaries.measure(two_workers)
    assert (absence.case, absence.during) == ("fine:one", Pass.BOUNDARIES)
    assert absence.reason == "needs uvicorn in one process to look inside, not uvicorn workers=2"
    profiles = list(profile_served.measure(two_workers))
    assert [one.case for one in profiles] == [case.id for case in two_workers.taken_by(Pass.SERVED_PROFILE)]


def test_other_passes_of_such_a_case_are_not_said_to_be_skipped() -> None:
    run = synthetic_run()
    case = run.cases[0].id
    left_out = MissingSample(
        case=case, during=Pass.BOUNDARIES, kind="skipped", reason="several processes", this_pass_only=True
    )
    found = summarise(run.model_copy(update={"absences": (left_out,), "samples": ()})).cases[case]
    assert (found.boundaries.standing, found.boundaries.reasons) == (Standing.SKIPPED, ("several processes",))
    assert found.memory.standing is found.timing.standing is Standing.UNMEASURED
