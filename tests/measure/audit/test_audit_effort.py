"""What an audit measures fits its time, for few routes and for many."""

from __future__ import annotations

from dataclasses import replace

import pytest
from audit_service import simulated_inputs

from bench.measure.audit import passes
from bench.measure.audit.effort import BUDGET_S, LEVELS
from bench.measure.audit.inputs import AuditInputs
from bench.model.workload import EffortName


@pytest.mark.parametrize("effort", list(EffortName))
@pytest.mark.parametrize("routes", [1, 8, 40])
def test_forty_routes_fit_the_time_of_each_effort(effort: EffortName, routes: int) -> None:
    assert passes.expected_s(passes.fitted(simulated_inputs(routes), effort)) <= BUDGET_S[effort]


@pytest.mark.parametrize("effort", list(EffortName))
def test_more_routes_get_no_more_effort_each(effort: EffortName) -> None:
    order = LEVELS[effort]
    places = [order.index(passes.fitted(simulated_inputs(routes), effort).effort) for routes in (1, 10, 40, 100, 400)]
    assert places == sorted(places)
    assert places[0] == 0


@pytest.mark.parametrize("effort", list(EffortName))
def test_each_level_takes_less_time_than_the_one_before(effort: EffortName) -> None:
    times = [
        passes.expected_s(AuditInputs(base.plan, base.app, level, {}, base.launch_s))
        for level in LEVELS[effort]
        for base in (simulated_inputs(40),)
    ]
    assert times == sorted(times, reverse=True)
    assert len(set(times)) == len(times)


def test_a_slow_call_gets_few_windows_but_never_fewer_than_three() -> None:
    slow = simulated_inputs(1, call_s=5.0)
    (case,) = slow.cases
    assert slow.windows(case, 20) == 3
    assert simulated_inputs(1).windows(case, 20) == 20


def test_each_middleware_is_left_out_and_all_of_them() -> None:
    (case,) = simulated_inputs(1).cases
    assert simulated_inputs(1).peels(case) == [(0,), (1,), (2,), (3,), (0, 1, 2, 3)]
    assert simulated_inputs(1, middlewares=1).peels(case) == [(0,)]
    assert simulated_inputs(1, middlewares=0).peels(case) == []


def test_where_time_is_short_all_middlewares_are_left_out_together() -> None:
    least = replace(simulated_inputs(1), effort=LEVELS[EffortName.QUICK][-1])
    (case,) = least.cases
    assert least.peels(case) == [(0, 1, 2, 3)]
    alone = replace(simulated_inputs(1, middlewares=1), effort=LEVELS[EffortName.QUICK][-1])
    assert alone.peels(*alone.cases) == [(0,)]


def test_what_finding_the_routes_took_is_taken_off_the_time_up_to_half_of_it() -> None:
    quick = EffortName.QUICK
    late = replace(simulated_inputs(8), before_s=20.0)
    assert passes.expected_s(passes.fitted(late, quick)) <= BUDGET_S[quick] - 20.0
    hours = replace(simulated_inputs(8), before_s=1e4)
    assert (
        passes.fitted(hours, quick).effort == passes.fitted(replace(hours, before_s=BUDGET_S[quick] / 2), quick).effort
    )


def test_a_second_request_has_the_middlewares_of_its_route() -> None:
    one = simulated_inputs(1)
    (case,) = one.cases
    assert one.peels(case.model_copy(update={"request": "GET /0 [2]"})) == one.peels(case)


def test_a_case_that_failed_is_asked_no_more_and_costs_no_time() -> None:
    two = simulated_inputs(2)
    before = passes.expected_s(two)
    two.failed.add("GET /0")
    assert [case.id for case in two.cases] == ["GET /1"]
    assert passes.expected_s(two) < before


def test_what_comes_after_a_late_pass_gets_less_effort_and_after_one_in_time_the_same() -> None:
    first = passes.fitted(simulated_inputs(40), EffortName.DEFAULT)
    expected_s = passes.expected_s(first, passes.PASSES[:1])
    assert passes.refitted(first, EffortName.DEFAULT, 0, 0.0).effort == first.effort
    assert passes.refitted(first, EffortName.DEFAULT, 1, expected_s).effort == first.effort
    late = passes.refitted(first, EffortName.DEFAULT, 1, 4 * expected_s)
    assert LEVELS[EffortName.DEFAULT].index(late.effort) > LEVELS[EffortName.DEFAULT].index(first.effort)


def test_an_audit_whose_time_is_over_does_the_least() -> None:
    first = passes.fitted(simulated_inputs(8), EffortName.QUICK)
    assert passes.refitted(first, EffortName.QUICK, 2, 1e6).effort == LEVELS[EffortName.QUICK][-1]
