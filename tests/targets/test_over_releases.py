"""The targets keep their promises from the oldest FastAPI that they name to the newest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from plans import plan

from bench.analysis.run.checks import checks
from bench.measure import boundaries, facts
from bench.model.boundaries import BoundarySample
from bench.model.run import FactSample
from bench.runner.contract import verify
from bench.runner.plan import Plan
from bench.stack.environment import build, lacks
from bench.stack.recipe import of_requirements

CLOSED_LAST = ["session opened", "endpoint", "response sent", "background task", "session closed"]
CLOSED_BEFORE = ["session opened", "endpoint", "session closed", "response sent", "background task"]


@pytest.mark.slow
@pytest.mark.parametrize("version", ["0.100.1", "0.115.12", "0.129.2", "0.130.0"])
def test_every_case_answers_on_an_older_fastapi(root: Path, version: str) -> None:
    chosen = plan_on(version, root)
    assert chosen.environment.stack.packages["fastapi"] == version
    verify(chosen)


@pytest.mark.slow
@pytest.mark.parametrize("version", ["0.100.1", "0.115.12"])
def test_a_target_is_left_out_only_for_want_of_a_newer_fastapi(root: Path, version: str) -> None:
    chosen = plan_on(version, root)
    stack = chosen.environment.stack
    lacking = {name: target.requires for name, target in chosen.targets.items() if lacks(stack, target.requires)}
    assert "deps_yield_function" in lacking
    for requires in lacking.values():
        assert lacks(stack, [text for text in requires if not text.startswith("fastapi")]) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("version", "events"), [("0.100.1", CLOSED_LAST), ("0.115.12", CLOSED_BEFORE), ("0.129.2", CLOSED_LAST)]
)
def test_when_a_session_is_closed_is_told_as_the_release_does_it(root: Path, version: str, events: list[str]) -> None:
    assert observed(plan_on(version, root), "deps_sessions:order") == {"status": 200, "events": events}


@pytest.mark.slow
@pytest.mark.parametrize(("version", "warned"), [("0.130.0", 0), ("0.131.0", 1)])
def test_orjson_response_warns_since_it_is_deprecated(root: Path, version: str, warned: int) -> None:
    found = observed(plan_on(version, root), "orjson_deprecation:warnings")
    assert isinstance(found, dict)
    assert len(found["warnings"]) == warned


@pytest.mark.slow
@pytest.mark.parametrize("version", ["0.100.1", "0.115.12", "0.129.2", "0.130.0", "0.140.0"])
def test_the_boundaries_between_the_layers_are_found_on_an_older_fastapi(root: Path, version: str) -> None:
    chosen = replace(plan_on(version, root), attributed=frozenset({"fastapi_response_model:rows100"}))
    (sample,) = boundaries.measure(chosen)
    assert isinstance(sample, BoundarySample)
    assert sample.missing == ()
    assert all(check.passed for check in checks(sample)), checks(sample)
    assert all(sample.layers_s[layer] > 0 for layer in ("server", "starlette", "fastapi", "pydantic", "handler"))


def plan_on(version: str, root: Path) -> Plan:
    """The cases that a release can serve without a database."""
    environment = build(of_requirements([f"fastapi=={version}"]), root)
    every = plan(environment, root / "targets")
    ready = {
        name
        for name, target in every.targets.items()
        if not target.services and not lacks(environment.stack, target.requires)
    }
    return replace(every, cases=tuple(case for case in every.cases if case.target in ready))


def observed(chosen: Plan, case: str) -> object:
    alone = replace(chosen, cases=tuple(one for one in chosen.cases if one.id == case))
    (sample,) = facts.measure(alone)
    assert isinstance(sample, FactSample)
    return sample.answer
