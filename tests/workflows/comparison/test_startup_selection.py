"""What is skipped of a comparison by start-up: apps, as its cases are, and not their requests."""

from __future__ import annotations

from pathlib import Path

from plans import plan, write_target

from bench.model.run import MissingSample
from bench.runner.agent_pair import PairedPlan
from bench.stack.environment import Environment
from bench.workflows.comparison.startup_selection import skipped_by, started

TWO = '{"one": {"path": "/"}, "two": {"path": "/two"}}'


def skipped(case: str, reason: str) -> MissingSample:
    return MissingSample(case=case, during="start-up", kind="skipped", reason=reason)


def test_an_app_is_skipped_once_and_only_if_none_of_its_cases_is_left(environment: Environment, tmp_path: Path) -> None:
    for name in ("lacking", "whole"):
        write_target(tmp_path, name, "", requests=TWO)
    both = PairedPlan(plan(environment, tmp_path), plan(environment, tmp_path))
    left = both.of([case for case in both.base.cases if case.id == "whole:one"])
    why = "head: needs sqlalchemy"
    out = (skipped("lacking:one", why), skipped("lacking:two", why), skipped("whole:two", "it may change state"))
    assert skipped_by("startup_cpu_ms", started(left), out) == (skipped("lacking", why),)
    assert skipped_by("rest_mb", started(left), out) == (skipped("lacking", why),)
    assert skipped_by("cpu_us", left, out) == out
