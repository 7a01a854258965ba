"""What is sent to a server is what the app was asked in process."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from audit_service import inputs_of, simulated_inputs

from bench.measure.audit import served_parts
from bench.measure.audit.effort import LEVELS
from bench.model.app_options import AppOptions
from bench.model.audit import PartSample
from bench.model.exchange import RightAnswer
from bench.model.run import MissingSample
from bench.model.server import ServerSettings
from bench.model.workload import EffortName, Pass
from bench.serving.expected import exchange
from bench.stack.environment import Environment


def test_a_variable_of_a_request_has_its_value_on_the_wire(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TOKEN", "s3cret")
    given = simulated_inputs(1)
    (case,) = given.cases
    target = given.plan.targets[case.target]
    request = target.requests[case.request].model_copy(update={"headers": {"X-Token": "${TOKEN}"}})
    target = target.model_copy(update={"requests": {case.request: request}})
    plan = replace(given.plan, targets={target.name: target}, app=AppOptions("a:app", tmp_path))
    asked = exchange(plan.request(case), RightAnswer(status=200, answer=b"1"))
    assert asked.headers["x-token"] == "s3cret"
    assert asked.answer == b"1"


@pytest.mark.measures
@pytest.mark.parametrize("server", ["uvicorn", "uvicorn tls=on", "uvicorn socket=unix"])
def test_an_answer_with_the_url_it_was_asked_by_is_the_same_from_a_server(
    environment: Environment, tmp_path: Path, server: str
) -> None:
    page = {"/page": 'return {"next": asked["url"] + "?after=1"}'}
    given = inputs_of(environment, tmp_path, page, ServerSettings.parse(server))
    found = list(served_parts.measure(given))
    assert [type(one) for one in found] == [PartSample], found


def test_where_there_is_no_time_to_serve_each_route_says_so() -> None:
    given = simulated_inputs(3)
    given = replace(given, effort=next(one for one in LEVELS[EffortName.QUICK] if not one.served_launches))
    found = list(served_parts.measure(given))
    assert [one.case for one in found if isinstance(one, MissingSample)] == [case.id for case in given.cases]
    assert {(one.kind, one.during) for one in found if isinstance(one, MissingSample)} == {("skipped", Pass.LOAD)}
