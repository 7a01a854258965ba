"""The workflows call only commands that exist, with options that they have, and have only the rights they need."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from bench.cli.verbs import VERBS

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
READY = ".venv/.ready"
"""The one target that the Makefile names by a variable."""
RUN = re.compile(r"^( *)(?:- )?run: (?:\|\n((?:\1 .*\n|\n)+)|(.+\n))", re.MULTILINE)
# What a workflow may write, beside nothing at all.
WRITES = {
    "action.yml": ["pull-requests"],
    "compare.yml": ["pull-requests"],
    "releases.yml": ["issues", "contents", "issues"],
    "release.yml": ["id-token"],
}


def scripts(file: Path) -> list[str]:
    """What the steps of a workflow run."""
    return [block or line for _, block, line in RUN.findall(file.read_text("utf-8"))]


def called(command: str) -> list[str]:
    """What stands behind a command, wherever a workflow calls it."""
    pattern = re.compile(rf"(?:^|[;&|(] *|\s){re.escape(command)} ([^\n]+)", re.MULTILINE)
    return [words for file in WORKFLOWS for script in scripts(file) for words in pattern.findall(script)]


def make_targets() -> list[str]:
    return sorted({words.split()[0] for words in called("make")})


def test_every_step_is_read() -> None:
    for file in WORKFLOWS:
        assert len(scripts(file)) == len(re.findall(r"\brun:", file.read_text("utf-8"))), file.name
    assert len(called(".venv/bin/bench")) == 3
    assert {"dist", "lock", "test-slow"} <= set(make_targets())


def test_every_command_of_a_workflow_is_one_that_bench_has() -> None:
    for verb, *words in map(str.split, called(".venv/bin/bench")):
        options = {option for parameter in VERBS[verb].command(verb).params for option in parameter.opts}
        assert {word.partition("=")[0] for word in words if word.startswith("--")} <= options


@pytest.mark.parametrize("target", make_targets())
def test_every_make_target_of_a_workflow_is_there(target: str) -> None:
    assert target == READY or re.search(rf"^{re.escape(target)}:", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_no_script_contains_what_somebody_else_wrote(file: Path) -> None:
    """A branch's name is a command then; by the environment it is a word."""
    assert not [script for script in scripts(file) if "${{" in script]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_every_action_has_a_version(file: Path) -> None:
    actions = re.findall(r"uses: (.+)", file.read_text("utf-8"))
    assert actions
    assert all(re.fullmatch(r"\./|[\w./-]+@v\d+(\.\d+)*", action) for action in actions), actions


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_every_workflow_is_yaml_and_the_inputs_of_our_action_are_its_own(file: Path) -> None:
    workflow = yaml.safe_load(file.read_text("utf-8"))
    known = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["inputs"]
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"]
        ours = [step["with"] for step in job["steps"] if step.get("uses") == "./"]
        assert all(set(given) <= set(known) for given in ours)


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_a_workflow_may_read_and_write_no_more_than_it_must(file: Path) -> None:
    text = file.read_text("utf-8")
    assert re.search(r"^permissions:\n  contents: read\n", text, re.MULTILINE)
    assert re.findall(r"([\w-]+): write\b", text) == WRITES.get(file.name, [])


def test_only_the_record_is_committed_and_only_new_steps_open_its_issue() -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "releases.yml").read_text("utf-8"))["jobs"]
    rights = {name: job["permissions"]["contents"] for name, job in jobs.items()}
    assert rights == {"compare": "read", "record": "write"}
    steps = {step.get("name"): step for step in jobs["record"]["steps"]}
    assert re.findall(r"git add (.+)", steps["Keep"]["run"]) == ["results/record"]
    new = "results/record/exports/new-steps.md"
    assert steps["Tell"]["if"] == f"hashFiles('{new}') != ''"
    assert set(re.findall(r"--body-file (\S+)", steps["Tell"]["run"])) == {new}


def test_only_what_was_tested_is_published() -> None:
    build, publish = (ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8").split("\n  publish:\n")
    assert build.index("make dist") < build.index("make test-wheel") < build.index("upload-artifact")
    assert "needs: build" in publish
    assert "id-token: write" in publish
    assert "run:" not in publish
