"""A Python that has no wheel of an instrument: the passes that need it say so, and cost no other pass anything."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from plans import plan, write_target

from bench.cli.paired import refuse_without
from bench.measure import allocations, heap, startup
from bench.measure.job import Job
from bench.measure.pass_spec import PassInputs
from bench.measure.passes import PASSES
from bench.model.environment import Stack
from bench.model.errors import UsageError
from bench.model.run import MissingSample
from bench.model.startup import AT_REST
from bench.model.workload import Pass
from bench.runner.agent_pair import PairedPlan
from bench.runner.plan import Plan
from bench.stack.environment import Environment

INSTRUMENTS = ("memray", "pyinstrument", "pytest", "pytest-benchmark")
SEEING = (Pass.ALLOCATIONS, Pass.PROFILE, Pass.SERVED_PROFILE, Pass.SUITE)
WHY = "needs memray, which has no wheel for Python 3.14.2t"


def on_stack(no_wheel: tuple[str, ...]) -> Environment:
    """An environment that doesn't exist: whoever launches an agent of it fails."""
    stack = Stack(requirements=(), python="3.14.2t", packages={}, lock_sha256="", no_wheel=no_wheel)
    return Environment(python=Path("/nowhere/python"), lock="", stack=stack)


@pytest.fixture
def without(tmp_path: Path) -> Plan:
    write_target(tmp_path, "idle", "")
    return plan(on_stack(INSTRUMENTS), tmp_path)


@pytest.mark.parametrize("during", SEEING)
def test_a_pass_without_its_instrument_is_skipped_with_the_reason(without: Plan, during: Pass) -> None:
    given = PassInputs(without)
    with closing(PASSES[during].observe(given)) as observed:
        (absence,) = observed
    assert (absence.case, absence.during, absence.kind) == ("idle:one", during, "skipped")
    assert "which has no wheel for Python 3.14.2t" in absence.reason
    assert PASSES[during].expected_s(given) == 0


def test_passes_that_look_from_outside_need_no_instrument() -> None:
    others = [spec for during, spec in PASSES.items() if during not in SEEING]
    assert others
    assert not any(spec.requires for spec in others)


def test_a_comparison_is_not_counted_where_one_side_has_no_memray(without: Plan) -> None:
    paired = PairedPlan(replace(without, environment=on_stack(())), without)
    (absence,) = allocations.measure_both(paired)
    assert (absence.kind, absence.during, absence.reason) == ("invalid", Pass.ALLOCATIONS, f"head: {WHY}")
    assert allocations.both_expected_s(paired, without.cases) == 0


def test_the_heap_of_a_case_is_skipped(without: Plan, hot: Path) -> None:
    (absence,) = heap.measure([Job(plan=without, case=without.cases[0], scenario=None, file=hot)])
    assert (absence.kind, absence.reason) == ("skipped", WHY)


def test_what_a_start_leaves_at_rest_is_missing_and_said_once(environment: Environment, without: Plan) -> None:
    real = replace(environment, stack=on_stack(INSTRUMENTS).stack)
    effort = replace(without.effort, startup_launches=3, build_launches=0, at_rest_launches=2)
    starting = replace(
        without, environment=real, effort=effort, cases=(without.cases[0].model_copy(update={"only": (Pass.STARTUP,)}),)
    )
    found = list(startup.measure(starting))
    absences = [one for one in found if isinstance(one, MissingSample)]
    assert [(one.scenario, one.reason) for one in absences] == [(AT_REST, WHY)]
    assert len(found) == len(absences) + 3


@pytest.mark.parametrize("instrument", ["memray", "pyinstrument"])
def test_a_difference_that_has_to_look_inside_is_refused(without: Plan, instrument: str) -> None:
    paired = PairedPlan(without, replace(without, environment=on_stack(())))
    with pytest.raises(UsageError, match=f"base: needs {instrument}, which has no wheel for Python 3.14.2t"):
        refuse_without(paired, instrument)
    refuse_without(replace(paired, base=paired.head), instrument)
