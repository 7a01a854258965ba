"""Real agents over a small service: whatever becomes of one route, the others are measured."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from audit_service import inputs_of

from bench.analysis.audit.peeling import peeling
from bench.analysis.audit.route import retained as retained_of
from bench.measure.audit import memory, parts, retained
from bench.measure.audit import peeling as peeling_pass
from bench.measure.audit.inputs import AuditInputs
from bench.measure.audit.launches import Found
from bench.model.audit import PeelSample, RetainedSample
from bench.model.run import MemorySample, MissingSample
from bench.stack.environment import Environment
from bench.stats.windows import undisturbed_us

Given = Callable[[dict[str, str]], AuditInputs]

COUNTED = 'asked["n"] = asked.get("n", 0) + 1'


@pytest.fixture
def given(environment: Environment, tmp_path: Path) -> Given:
    return partial(inputs_of, environment, tmp_path)


def reasons(found: list[Found]) -> dict[str, str]:
    return {one.case: one.reason for one in found if isinstance(one, MissingSample)}


@pytest.mark.measures
def test_middlewares_cost_what_was_planted_in_them(given: Given) -> None:
    found = [one for one in peeling_pass.measure(given({"/": ""})) if isinstance(one, PeelSample)]
    assert {one.without for one in found} == {(0,), (1,), (0, 1)}
    assert all(one.same_answer for one in found)
    undisturbed = undisturbed_us([us for one in found for us in one.whole.reference_us])
    cost = peeling(found, dict.fromkeys((one.core for one in found), 2 * undisturbed))
    assert cost.whole_us is not None
    assert cost.bare_us is not None
    assert 80 < cost.saved_us[0,].mean < 200
    assert cost.saved_us[1,].mean > 200  # and what Starlette does around it
    assert cost.saved_us[0, 1].mean == pytest.approx(cost.whole_us.mean - cost.bare_us.mean, rel=0.3)


def test_a_route_that_refuses_after_a_while_is_an_absence_and_the_others_go_on(given: Given) -> None:
    limited = f'{COUNTED}\n    if asked["n"] > 12:\n        raise HTTPException(429)'
    inputs = given({"/limited": limited, "/fine": ""})
    found = list(peeling_pass.measure(inputs))
    assert "status 429" in reasons(found)["GET /limited"]
    assert {one.case for one in found if isinstance(one, PeelSample)} >= {"GET /fine"}
    assert inputs.failed == {"GET /limited"}
    assert [case.id for case in inputs.cases] == ["GET /fine"]


def test_a_route_that_ends_its_process_takes_no_other_with_it(given: Given) -> None:
    deadly = f'{COUNTED}\n    if asked["n"] > 12:\n        os._exit(7)'
    inputs = given({"/deadly": deadly, "/fine": "", "/too": ""})
    found = list(peeling_pass.measure(inputs))
    assert "ended with status 7" in reasons(found)["GET /deadly"]
    for case in ("GET /fine", "GET /too"):
        launches = {one.launch for one in found if isinstance(one, PeelSample) and one.case == case}
        assert launches == {0, 1}


def test_a_route_that_is_not_answered_as_promised_is_not_measured(given: Given) -> None:
    inputs = given({"/broken": "raise HTTPException(500)", "/fine": ""})
    assert [case.id for case in inputs.cases] == ["GET /fine"]


def test_an_instrument_that_the_agent_lacks_fails_by_route_and_not_altogether(
    given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.measure.audit.parts.calibrated", _no_calibration)
    inputs = given({"/": "", "/fine": ""})
    found = list(parts.measure(inputs))
    assert set(reasons(found)) == {"GET /", "GET /fine"}
    assert not inputs.failed


def _no_calibration(*_: object) -> int:
    from bench.runner.agent_process import AgentError  # noqa: PLC0415

    raise AgentError("no such instrument")


def test_a_kilobyte_that_one_route_of_ten_keeps_is_found_there_alone(given: Given) -> None:
    routes = {f"/{index}": "" for index in range(9)} | {"/leak": "kept.append(bytearray(1024))"}
    inputs = given(routes)
    found = [one for each in (memory, retained) for one in each.measure(inputs) if isinstance(one, RetainedSample)]
    for path in routes:
        growth = retained_of([one for one in found if one.case == f"GET {path}"])
        assert growth is not None
        assert growth.leaks == (path == "/leak"), path
        if path == "/leak":
            assert 1024 <= growth.each.mean < 1200


@pytest.mark.slow
def test_what_is_kept_for_a_while_and_then_given_back_is_no_leak(given: Given) -> None:
    inputs = given({"/ring": "kept.append(bytearray(1024)); len(kept) > 200 and kept.clear()"})
    inputs = replace(inputs, effort=replace(inputs.effort, slow_case_s=10.0))
    found = [one for one in retained.measure(inputs) if isinstance(one, RetainedSample)]
    growth = retained_of(found)
    assert {one.requests for one in found} == {100}
    assert growth is not None
    assert not growth.leaks
    assert growth.each.mean <= 0


@pytest.mark.measures
def test_a_held_loop_is_found_with_its_line_beside_routes_that_hold_nothing(given: Given) -> None:
    inputs = given({"/hold": "time.sleep(0.1)", "/fine": ""})
    inputs.alloc_bytes["GET /fine"] = 1e7  # gets a process of its own
    found = {one.case: one for one in memory.measure(inputs) if isinstance(one, MemorySample)}
    assert cast(float, found["GET /hold"].hold_ms) > 50  # of the 100 that it holds
    assert str(found["GET /hold"].hold_at).startswith("service.py:")
    assert cast(float, found["GET /fine"].hold_ms) < cast(float, found["GET /hold"].hold_ms)


def test_what_requests_leave_behind_is_first_looked_at_in_the_process_of_their_peaks(given: Given) -> None:
    inputs = given({"/": "", "/fine": ""})
    found = list(memory.measure(inputs))
    assert [type(one) for one in found] == [MemorySample] * 2 + [RetainedSample] * 2  # nothing is traced before a peak
    others = [one for one in retained.measure(inputs) if isinstance(one, RetainedSample)]
    assert len(others) + 2 >= 2 * inputs.effort.retained_launches


@pytest.mark.slow
def test_where_a_large_answer_has_a_process_of_its_own_all_others_leave_as_many_samples(given: Given) -> None:
    inputs = given({"/": "", "/large": ""})
    inputs.alloc_bytes["GET /large"] = 1e7
    assert not [one for one in memory.measure(inputs) if isinstance(one, RetainedSample)]
    found = [one for one in retained.measure(inputs) if isinstance(one, RetainedSample)]
    assert len(found) >= 2 * inputs.effort.retained_launches


def test_a_large_answer_waits_for_no_more_time_than_there_is(given: Given) -> None:
    inputs = given({"/": ""})
    inputs.alloc_bytes["GET /"] = 1e9
    object.__setattr__(inputs.effort, "fresh_s", -1.0)
    (absence,) = memory.measure(inputs)
    assert isinstance(absence, MissingSample)
    assert absence.kind == "skipped"


@pytest.mark.slow
def test_the_launches_of_an_audit_differ_in_their_order_and_not_in_their_cases(given: Given) -> None:
    inputs = given({f"/{index}": "" for index in range(8)})
    one_at_a_time = replace(inputs, effort=replace(inputs.effort, retained_launches=3), cores=(None,))
    found = list(retained.measure(one_at_a_time))
    orders = [[one.case for one in found[at : at + 8] if isinstance(one, RetainedSample)] for at in (0, 8)]
    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1]
    assert statistics.mean(len(order) for order in orders) == 8
