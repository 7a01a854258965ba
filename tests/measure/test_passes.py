"""One table of all passes; and the time left is told from what is really going to be observed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from plans import plan, write_target

from bench.load.topology import ClientProcesses, Topology
from bench.measure import allocations, timing
from bench.measure.job import Loads
from bench.measure.pass_spec import PassInputs
from bench.measure.passes import PASSES
from bench.model.app_options import AppOptions
from bench.model.run import AllocationSample, TimingSample
from bench.model.scenario import Objective, Scenario
from bench.model.workload import EffortName, Pass, Target
from bench.runner import contract
from bench.runner.call_costs import CallCosts
from bench.runner.effort import EFFORTS
from bench.runner.plan import Plan
from bench.stack.environment import Environment

REQUESTS = """{
    "one": {"path": "/"},
    "two": {"path": "/two"},
    "export": {"path": "/export", "only": ["memory"]},
    "fact": {"path": "/fact", "only": ["facts"]},
    "start": {"path": "/start", "only": ["start-up"]},
}"""
HOT = Scenario(name="hot", description="Hot.", users=16, duration_s=4.0)
LONG = HOT.model_copy(update={"name": "long", "duration_s": 8.0})
DEAR = (Pass.SERVER, Pass.CONNECTIONS, Pass.BOUNDARIES, Pass.SERVED_PROFILE)
FORETOLD = [
    pytest.param(one, marks=pytest.mark.slow) if one in DEAR else one
    for one in Pass
    if one not in (Pass.LOAD, Pass.SUITE)
]


@pytest.fixture
def small(environment: Environment, tmp_path: Path) -> Plan:
    write_target(tmp_path, "base", "", requests=REQUESTS)
    write_target(tmp_path, "leaf", "", over="base")
    return replace(plan(environment, tmp_path), attributed=frozenset({"leaf:one"}))


def observations(plan: Plan, during: Pass, loads: Loads) -> int:
    return PASSES[during].observations(PassInputs(plan, loads))


def expected_s(plan: Plan, during: Pass, loads: Loads) -> float:
    return PASSES[during].expected_s(PassInputs(plan, loads))


def test_every_pass_has_its_own_spec_in_the_order_of_a_run() -> None:
    assert list(PASSES) == list(Pass)
    assert all(spec.during is during for during, spec in PASSES.items())


def test_no_two_passes_are_called_the_same() -> None:
    labels = [spec.label for spec in PASSES.values()]
    assert len(set(labels)) == len(labels)
    assert all(labels)


@pytest.mark.parametrize("during", FORETOLD)
def test_as_many_observations_are_made_as_were_foretold(small: Plan, during: Pass) -> None:
    brief = replace(small, effort=replace(small.effort, pairs=3, window_us=500, profile_s=0.05, boundary_s=0.1))
    assert len(list(PASSES[during].measure(PassInputs(brief)))) == observations(brief, during, Loads())


def test_each_launch_observes_each_case_of_the_pass(small: Plan) -> None:
    effort = small.effort
    assert observations(small, Pass.TIMING, Loads()) == effort.timing_launches * 3
    assert observations(small, Pass.ALLOCATIONS, Loads()) == effort.allocation_launches * 3
    assert observations(small, Pass.MEMORY, Loads()) == effort.memory_launches * 3
    assert observations(small, Pass.PROFILE, Loads()) == 2
    assert observations(small, Pass.SUITE, Loads()) == 3


def loads(small: Plan, *scenarios: Scenario, **words: Any) -> Loads:
    return Loads({Path(f"{one.name}.py"): (one, small.cases[:2]) for one in scenarios}, **words)


def test_a_load_is_counted_by_its_scenarios_not_by_the_cases_of_the_plan(small: Plan) -> None:
    assert observations(small, Pass.LOAD, loads(small, HOT, LONG)) == small.effort.load_launches * 4
    assert observations(small, Pass.LOAD, Loads()) == 0
    assert expected_s(small, Pass.LOAD, Loads()) == 0


def test_a_load_takes_longer_than_its_scenarios_say_and_no_less_twice(small: Plan) -> None:
    full = replace(small, effort=EFFORTS[EffortName.FULL])
    share = full.effort.load_share * full.effort.load_launches
    one, two = (expected_s(full, Pass.LOAD, loads(full, *which)) for which in ((HOT,), (HOT, LONG)))
    assert one > 2 * HOT.duration_s * share
    assert two - one > 2 * LONG.duration_s * share


def test_a_search_takes_many_loads_of_each_case_whatever_the_effort(small: Plan) -> None:
    objective = Objective(q=0.99, limit_ms=20.0)
    searched = loads(small, HOT, objective=objective)
    assert observations(small, Pass.LOAD, searched) > 5 * observations(small, Pass.LOAD, loads(small, HOT))
    assert expected_s(small, Pass.LOAD, searched) > 5 * expected_s(small, Pass.LOAD, loads(small, HOT))


def test_several_client_processes_take_their_time_to_meet(small: Plan) -> None:
    crew = loads(small, HOT, setting=Topology(crew=ClientProcesses(here=2)))
    assert expected_s(small, Pass.LOAD, crew) > expected_s(small, Pass.LOAD, loads(small, HOT)) + 2


@pytest.mark.parametrize("during", tuple(Pass))
def test_more_effort_and_more_cases_never_take_less_time(small: Plan, during: Pass) -> None:
    given = loads(small, HOT)
    times = [expected_s(replace(small, effort=EFFORTS[name]), during, given) for name in EffortName]
    assert times == sorted(times)
    assert times[0] > 0
    fewer = replace(small, cases=small.cases[:1])
    assert expected_s(fewer, during, Loads()) <= expected_s(small, during, given)


def test_what_the_windows_alone_take_is_within_the_time_that_is_told(small: Plan) -> None:
    default = replace(small, effort=EFFORTS[EffortName.DEFAULT])
    effort = default.effort
    windows_s = effort.timing_launches * 3 * 2 * effort.pairs * effort.window_us / 1e6
    assert expected_s(default, Pass.TIMING, Loads()) > windows_s
    assert expected_s(default, Pass.PROFILE, Loads()) > 2 * effort.profile_s


@pytest.mark.parametrize("during", [Pass.TIMING, Pass.ALLOCATIONS])
def test_on_two_cores_half_the_time_is_told_but_for_what_is_to_be_alone(
    small: Plan, during: Pass, monkeypatch: pytest.MonkeyPatch
) -> None:
    even = replace(small, app=AppOptions("base:app", small.folder))
    even = replace(even, effort=replace(small.effort, timing_launches=6, allocation_launches=2, wait_budget_s=99))
    writing = {name: _writing(target) for name, target in even.targets.items()}
    told = {}
    for cores in ((0,), (0, 1)):
        monkeypatch.setattr(Plan, "stream_cores", lambda _, cores=cores: cores)
        told[len(cores)] = [expected_s(one, during, Loads()) for one in (even, replace(even, targets=writing))]
    assert told[2][0] == pytest.approx(told[1][0] / 2)
    assert told[2][1] == pytest.approx(told[1][1])


def _writing(target: Target) -> Target:
    requests = {name: one.model_copy(update={"method": "POST"}) for name, one in target.requests.items()}
    return target.model_copy(update={"requests": requests})


def with_costs(small: Plan, call_s: float) -> Plan:
    """Every case takes so long, of an effort as users have it."""
    costs = CallCosts({case.id: call_s for case in small.cases})
    return replace(small, effort=EFFORTS[EffortName.QUICK], costs=costs)


@pytest.mark.parametrize("during", tuple(Pass))
def test_fast_calls_change_neither_how_much_is_observed_nor_what_it_takes(small: Plan, during: Pass) -> None:
    fast, unknown = with_costs(small, 0.001), with_costs(small, 0.0)
    given = loads(small, HOT)
    assert observations(fast, during, given) == observations(unknown, during, given)
    assert expected_s(fast, during, given) == pytest.approx(expected_s(unknown, during, given), rel=0.01)


@pytest.mark.parametrize("call_s", [0.3, 2.0, 5.0])
@pytest.mark.parametrize("during", [one for one in Pass if one not in (Pass.FACTS, Pass.SERVER)])
def test_long_calls_are_told_to_take_longer_and_repeated_less(small: Plan, during: Pass, call_s: float) -> None:
    slow, fast = with_costs(small, call_s), with_costs(small, 0.001)
    given = loads(slow, HOT)
    assert observations(slow, during, given) <= observations(fast, during, given)
    assert expected_s(slow, during, given) > expected_s(fast, during, given) + call_s
    assert observations(slow, during, given) > 0


def test_timing_of_a_slow_case_has_as_many_launches_as_an_interval_needs(small: Plan) -> None:
    one = replace(with_costs(small, 5.0), cases=small.cases[:1])
    assert observations(one, Pass.TIMING, Loads()) == 3
    assert expected_s(one, Pass.TIMING, Loads()) < 3 * 4 * 5.0 + 10


@pytest.mark.slow
def test_a_slow_case_is_timed_call_by_call_and_counted_once(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "slow", "end = time.process_time() + 0.12\nwhile time.process_time() < end: pass")
    ready = plan(environment, tmp_path)
    contract.verify(ready)
    (first, second) = [one for one in timing.measure(ready) if isinstance(one, TimingSample)]
    assert first.windows.calls == second.windows.calls == 1
    assert all(us >= 120_000 for us in (*first.windows.cpu_us, *second.windows.cpu_us))
    (counted,) = [one for one in allocations.measure(ready) if isinstance(one, AllocationSample)]
    assert counted.requests == 1
    assert counted.allocs > 0


@pytest.mark.parametrize(
    "during", [Pass.TIMING, Pass.ALLOCATIONS, Pass.MEMORY, Pass.FACTS, Pass.PROFILE, Pass.STARTUP, Pass.SUITE]
)
def test_an_app_that_starts_slowly_is_expected_to_in_every_launch(small: Plan, during: Pass) -> None:
    before_s = expected_s(small, during, Loads())
    small.costs.start_s = 100.0
    assert expected_s(small, during, Loads()) > before_s + 90.0
