"""A run keeps everything it has measured, whatever ends it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from plans import TINY, plan, write_target

from bench.measure import pytest_benchmark
from bench.measure.job import Loads
from bench.model.run import Run
from bench.model.workload import Pass
from bench.runner.plan import Plan
from bench.stack.environment import Environment
from bench.store import documents
from bench.store.recording import Recording
from bench.store.stacks import load_profiles
from bench.workflows import run

IN_PROCESS = (Pass.TIMING, Pass.ALLOCATIONS, Pass.MEMORY, Pass.PROFILE)


class Listener:
    """Stands for the progress bar; may raise at a given observation, as a Ctrl-C does."""

    def __init__(self, interrupt_at: int | None = None) -> None:
        self.interrupt_at = interrupt_at
        self.expected: dict[Pass, float] = {}
        self.worth: dict[Pass, float] = {}
        self.seen: list[str] = []

    def begin(self, expected_s: Mapping[Pass, float]) -> None:
        self.expected = dict(expected_s)

    def observed(self, during: Pass, what: str, worth_s: float) -> None:
        self.seen.append(what)
        self.worth[during] = self.worth.get(during, 0.0) + worth_s
        if len(self.seen) == self.interrupt_at:
            raise KeyboardInterrupt

    def ended(self, during: Pass) -> None: ...


@pytest.fixture
def chosen(environment: Environment, tmp_path: Path) -> Plan:
    return two_targets(environment, tmp_path)


def two_targets(environment: Environment, folder: Path) -> Plan:
    targets = folder / "targets"
    targets.mkdir()
    write_target(targets, "parent", "")
    write_target(targets, "child", "sum(range(1000))", over="parent")
    return plan(environment, targets)


def started(chosen: Plan, results: Path) -> Recording[Run]:
    return run.begin(chosen, "quick", (), ("run", "--quick"), results, results)


def stored(recording: Recording[Run]) -> Run:
    return documents.RUN.load(recording.folder)


@pytest.fixture(scope="module")
def whole(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> tuple[Recording[Run], Listener, Plan]:
    """A run to its end."""
    folder = tmp_path_factory.mktemp("whole")
    chosen, listener = two_targets(environment, folder), Listener()
    recording = started(chosen, folder / "runs")
    run.measure(recording, chosen, IN_PROCESS, Loads(), listener)
    return recording, listener, chosen


def test_a_run_leaves_everything_that_was_measured(whole: tuple[Recording[Run], Listener, Plan]) -> None:
    recording, _, chosen = whole
    kept = stored(recording)
    assert kept.complete
    assert kept == recording.document
    kinds = [sample.kind for sample in kept.samples]
    assert {kind: kinds.count(kind) for kind in kinds} == {"timing": 4, "allocations": 2, "memory": 2, "profile": 2}
    assert [noise.at for noise in kept.noise] == ["start", "end"]
    assert set(kept.elapsed_s) == set(IN_PROCESS)
    assert set(load_profiles(kept, recording.folder)) == {
        "profiles/parent.one.folded",
        "profiles/child.one.folded",
    }
    assert (recording.folder / "stack.lock").read_text() == chosen.environment.lock


def test_the_progress_reaches_what_was_expected_of_every_pass(whole: tuple[Recording[Run], Listener, Plan]) -> None:
    _, listener, _ = whole
    assert listener.worth == pytest.approx(listener.expected)


def test_an_interrupted_run_keeps_what_it_had_and_says_that_it_is_not_whole(chosen: Plan, tmp_path: Path) -> None:
    recording = started(chosen, tmp_path / "runs")
    with pytest.raises(KeyboardInterrupt):
        run.measure(recording, chosen, IN_PROCESS, Loads(), Listener(interrupt_at=3))
    kept = stored(recording)
    assert len(kept.samples) == 3
    assert not kept.complete


def test_a_suite_that_fails_is_an_absence_that_quotes_pytest(environment: Environment, tmp_path: Path) -> None:
    targets = tmp_path / "targets"
    targets.mkdir()
    write_target(targets, "broken", "raise ValueError('not today')")
    chosen = plan(environment, targets)
    recording = started(chosen, tmp_path / "runs")
    run.measure(recording, chosen, (Pass.SUITE,), Loads(), Listener())
    (absence,) = stored(recording).absences
    assert (absence.during, absence.kind) == (Pass.SUITE, "invalid")
    assert "not today" in absence.reason


def test_the_suite_leaves_its_own_json_without_the_name_of_the_host(chosen: Plan, tmp_path: Path) -> None:
    recording = started(chosen, tmp_path / "runs")
    run.measure(recording, replace(chosen, effort=TINY), (Pass.SUITE,), Loads(), Listener())
    text = (recording.folder / "exports" / "pytest-benchmark.json").read_text()
    assert "test_case[child:one]" in text
    assert '"node"' not in text
    assert not stored(recording).absences


def test_a_cold_first_call_leaves_the_suite_its_time(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "cold", "if calls == 1: time.sleep(0.3)")
    found = json.loads(pytest_benchmark.run(plan(environment, tmp_path), max_s=0.1).json)
    (benchmark,) = found["benchmarks"]
    assert benchmark["stats"]["total"] > 0.05


def test_the_suite_meets_nothing_of_the_project_that_layercake_is_installed_in(
    environment: Environment, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    libraries, targets = tmp_path / "libraries", tmp_path / "targets"
    shutil.copytree(root / "bench", libraries / "bench", ignore=shutil.ignore_patterns("__pycache__"))
    targets.mkdir()
    write_target(targets, "fine", "")
    for folder in (tmp_path, libraries):
        (folder / "pytest.ini").write_text("[pytest]\naddopts = --nonsense\n")
        (folder / "conftest.py").write_text("raise SystemExit(9)\n")
    (libraries / "pydantic.py").write_text("raise ImportError('of the harness, and not of the stack')\n")
    monkeypatch.setattr(pytest_benchmark, "_SUITE", libraries / "bench" / "measure" / "pytest_suite")
    found = pytest_benchmark.run(plan(environment, targets), max_s=0.02)
    assert not found.failures
    (benchmark,) = json.loads(found.json)["benchmarks"]
    assert benchmark["fullname"] == "bench/measure/pytest_suite/test_cases.py::test_case[fine:one]"
