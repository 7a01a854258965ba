"""What a user wants to run before each launch runs where the app does, and stops the launch when it fails."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from plans import plan, write_target

from bench.model.app_options import AppOptions
from bench.runner import before_launch
from bench.runner.agent_process import AgentError
from bench.runner.before_launch import run_before
from bench.stack.environment import Environment


@pytest.fixture
def home(environment: Environment, tmp_path: Path) -> Environment:
    return replace(environment, bytecode=tmp_path / "bytecode")


def said(home: Environment, folder: Path, *words: str) -> str:
    with pytest.raises(AgentError) as raised:
        run_before(words, folder, home, {"KEY": "value"})
    return str(raised.value)


def test_it_runs_in_the_app_s_folder_and_environment(home: Environment, tmp_path: Path) -> None:
    code = "import os, sys; open('seen', 'w').write(os.environ['KEY'] + ' ' + sys.prefix)"
    run_before(("python", "-c", code), tmp_path, home, {"KEY": "value"})
    assert (tmp_path / "seen").read_text() == f"value {home.python.parents[1]}"


def test_one_that_fails_is_quoted(home: Environment, tmp_path: Path) -> None:
    assert said(home, tmp_path, "sh", "-c", "echo no database >&2; exit 3") == (
        "--before \"sh -c 'echo no database >&2; exit 3'\": ended with status 3: no database"
    )
    assert said(home, tmp_path, "false") == "--before 'false': ended with status 1"
    assert said(home, tmp_path, "./nowhere") == "--before './nowhere': can't be started (No such file or directory)"


def test_one_that_does_not_end_is_ended(home: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(before_launch, "PATIENCE_S", 0.2)
    assert said(home, tmp_path, "sleep", "60") == "--before 'sleep 60': did not end within 0.2 s"


def test_a_plan_runs_it_before_each_launch(home: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "one", "")
    (tmp_path / "key.env").write_text("KEY=value\n")
    words = ("sh", "-c", "echo $KEY >> launches")
    app = AppOptions("one:app", tmp_path, env_file=tmp_path / "key.env", before=words)
    ready = replace(plan(home, tmp_path), app=app)
    for launch in (0, 1):
        with ready.launch(launch) as agent:
            agent.call("hello")
    assert (tmp_path / "launches").read_text() == "value\nvalue\n"
