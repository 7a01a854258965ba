"""A comparison of two commits names the routes that changed and no other, and a bisection the commit."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from app_history import History, app_history
from app_repository import SPEC, route

pytestmark = [pytest.mark.slow, pytest.mark.measures]

Bench = Callable[..., Any]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    return app_history(tmp_path_factory.mktemp("history") / "service")


@pytest.fixture
def bench(history: History, tmp_path: Path) -> Bench:
    """The exit status of a command in the repository, and what it writes as JSON."""

    def run(*words: str) -> tuple[int, Any]:
        file = tmp_path / "result.json"
        own = ("--app", SPEC, "--results", str(tmp_path / "results"), "--json", str(file))
        command = [sys.executable, "-m", "bench", *words, *own]
        done = subprocess.run(command, cwd=history.repository.folder, capture_output=True, text=True, check=False)
        assert file.exists(), done.stderr
        return done.returncode, json.loads(file.read_text())

    return run


def compared(history: History, bench: Bench, base: str, head: str) -> tuple[int, set[str]]:
    status, comparison = bench("compare", f"git:{base}", f"git:{head}", "--margin", "3%", "--budget", "6m")
    return status, {one["case"] for one in comparison["results"] if one["verdict"] in ("slower", "faster")}


def test_a_slower_dependency_is_seen_on_the_routes_that_ask_it_alone(history: History, bench: Bench) -> None:
    found = compared(history, bench, history.before(history.slower), history.slower)
    assert found == (1, history.changed_by(history.slower))


def test_a_faster_route_is_seen_alone(history: History, bench: Bench) -> None:
    found = compared(history, bench, history.before(history.faster), history.faster)
    assert found == (0, history.changed_by(history.faster))


def test_a_changed_lock_is_seen_on_the_routes_that_it_makes_faster_alone(history: History, bench: Bench) -> None:
    found = compared(history, bench, history.before(history.lock), history.lock)
    assert found == (0, history.changed_by(history.lock))


def test_commits_of_the_same_code_change_nothing(history: History, bench: Bench) -> None:
    assert compared(history, bench, history.commits[1], history.commits[4]) == (0, set())


@pytest.mark.parametrize(("change", "number"), [("slower", 1), ("faster", 10), ("lock", 30)])
def test_a_bisection_names_the_commit_within_six_comparisons(
    history: History, bench: Bench, change: str, number: int
) -> None:
    ends = f"git:{history.commits[0]}", f"git:{history.commits[-1]}"
    status, found = bench("bisect", *ends, "--case", route(number), "--margin", "2%", "--budget", "2m")
    assert status == 0, found
    assert found["commit"]["commit"] == getattr(history, change)
    assert sum(not one["inferred"] for one in found["answers"]) <= 6
