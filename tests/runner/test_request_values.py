"""The values of variables are put into a request when an agent is told it, and into nothing that is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.host.affinity import cores
from bench.model.app_options import AppOptions
from bench.model.workload import EffortName, Request, Target
from bench.runner.effort import EFFORTS
from bench.runner.plan import Plan
from bench.runner.request_values import variables
from bench.stack.environment import no_environment
from bench.text import secrets

REQUEST = Request(
    path="/users/${ID}?key=${KEY}",
    method="POST",
    headers={"authorization": "Bearer ${TOKEN}"},
    body_json={"${STAYS}": ["${TOKEN}", "$${TOKEN}", 5, None]},
)


def plan(app: AppOptions | None, **values: str) -> Plan:
    target = Target(
        name="app:app", description="", over=None, adds="app", requests={"POST /": REQUEST}, source_sha256=""
    )
    effort = EFFORTS[EffortName.QUICK]
    return Plan(no_environment(), Path(), {"app:app": target}, (), effort, cores(), 7, app=app, values=values)


def test_an_agent_is_told_the_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("KEY=of a file\nTOKEN=of a file\n")
    monkeypatch.setenv("ID", "of the environment")
    app = AppOptions("app:app", tmp_path, env_file=tmp_path / ".env")
    asked = plan(app, TOKEN="typed")
    case = asked.targets["app:app"].case("POST /")
    told = asked.arguments(case)["request"]
    assert told["path"] == "/users/of%20the%20environment?key=of%20a%20file"
    assert told["headers"] == {"authorization": "Bearer typed"}
    assert told["body_json"] == {"${STAYS}": ["typed", "${TOKEN}", 5, None]}
    assert "typed" not in case.model_dump_json() + repr(asked)
    secrets.forget()


def test_a_target_of_our_own_says_what_it_means(tmp_path: Path) -> None:
    asked = plan(None, TOKEN="typed")
    assert asked.request(asked.targets["app:app"].case("POST /")) == REQUEST


def test_variables_are_named_once_each() -> None:
    assert variables(REQUEST) == ["ID", "KEY", "TOKEN"]
