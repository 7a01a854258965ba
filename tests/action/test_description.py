"""The description of the action: every value of somebody else's is a variable, every action a commit."""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
from action_runner import ROOT, action

STEPS: list[dict[str, Any]] = action()["runs"]["steps"]
SCRIPTS = [step for step in STEPS if "run" in step]


def test_no_script_contains_an_expression() -> None:
    assert len(SCRIPTS) == 5
    assert not [step["run"] for step in SCRIPTS if "${{" in step["run"]]


@pytest.mark.parametrize("step", SCRIPTS, ids=lambda step: step["name"])
def test_a_step_runs_one_file_that_is_there_with_the_variables_that_it_reads(step: dict[str, Any]) -> None:
    (name,) = re.findall(r"\$GITHUB_ACTION_PATH/(action/[\w.]+)", step["run"])
    file = ROOT / name
    assert file.is_file()
    assert os.access(file, os.X_OK) == (file.suffix == ".sh")
    given = set(step.get("env", {}))
    text = file.read_text("utf-8") + (
        (ROOT / "action/job.py").read_text("utf-8") if "job.app()" in file.read_text() else ""
    )
    read = {name for name in given if re.search(rf"\b{name}\b", text + step["run"], re.IGNORECASE)}
    assert read | {"APP_DIR"} == given | {"APP_DIR"}


def test_inputs_reach_only_variables() -> None:
    for step in STEPS:
        outside = {key: value for key, value in step.items() if key != "env"}
        assert "inputs." not in str(outside), step["name"]


def test_only_steps_that_run_no_code_of_the_app_get_the_token() -> None:
    assert [step["name"] for step in STEPS if "github.token" in str(step)] == ["Find the base", "Comment"]


def test_every_action_is_named_by_its_commit_and_its_version() -> None:
    used = re.findall(r"uses: (.+)", (ROOT / "action.yml").read_text("utf-8"))
    assert len(used) == 3
    assert all(re.fullmatch(r"actions/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in used), used


def test_a_step_that_runs_after_a_failure_decides_nothing() -> None:
    for step in STEPS:
        assert ("if" in step) <= bool(step.get("continue-on-error")), step["name"]


def test_every_input_is_described_and_its_default_is_that_of_the_command() -> None:
    inputs = action()["inputs"]
    assert list(inputs) == ["app", "app-dir", "base", "margin", "budget", "requests", "options"]
    assert all(one["description"].endswith(".") for one in inputs.values())
    assert [name for name, one in inputs.items() if one.get("required")] == ["app"]
