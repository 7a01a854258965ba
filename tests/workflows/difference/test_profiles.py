"""Two stacks profiled in turn, by real agents: kept launch by launch, and read back as they were."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from plans import plan, write_target

from bench.model.diff import ProfileDiff
from bench.model.workload import EffortName, Pass
from bench.runner.agent_pair import PairedPlan
from bench.runner.effort import EFFORTS
from bench.runner.plan import Plan
from bench.stack.environment import Environment
from bench.stack.recipe import of_requirements
from bench.store import diffs, documents
from bench.store.recording import Recording
from bench.workflows.difference import profiles
from bench.workflows.difference.diff import DiffRequest


class Silent:
    """Progress that nobody looks at, but for what was profiled."""

    def __init__(self) -> None:
        self.cases: list[str] = []

    def begin(self, expected_s: object) -> None:
        assert expected_s

    def observed(self, during: Pass, what: str, worth_s: float) -> None:
        assert during is Pass.PROFILE
        assert worth_s > 0
        self.cases.append(what)

    def ended(self, during: Pass) -> None:
        assert during is Pass.PROFILE


@pytest.fixture(autouse=True)
def _two_launches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "LAUNCHES", 2)


def recorded(base: Plan, head: Plan, folder: Path) -> tuple[Recording[ProfileDiff], Silent]:
    side = of_requirements((), "the same").side(base.environment.stack)
    arms, progress = PairedPlan(base, head), Silent()
    recording = profiles.begin(DiffRequest(arms, (side, side), command=("flame", "/home/me/targets")), folder, folder)
    profiles.measure(recording, arms, progress)
    return recording, progress


@pytest.mark.slow
def test_both_stacks_are_profiled_in_turn_and_read_back(environment: Environment, root: Path, tmp_path: Path) -> None:
    write_target(tmp_path, "busy", "sorted(range(2_000), key=str)")
    ready = plan(environment, tmp_path)
    recording, progress = recorded(ready, ready, tmp_path / "kept")
    assert [(one.launch, one.head_first) for one in recording.document.samples] == [(0, False), (1, True)]
    assert progress.cases == ["busy:one"] * 2
    stored = documents.FLAMES.load(tmp_path / "kept")
    assert stored == documents.FLAMES.load(tmp_path / "kept" / "flames.json")
    older = stored.model_dump_json(exclude={"kind"})
    (tmp_path / "older.json").write_text(older)
    assert documents.FLAMES.load(tmp_path / "older.json") == stored
    assert stored.complete
    assert "/home" not in " ".join(stored.command)
    assert {one.base.file for one in stored.samples} == {f"profiles/busy.one.base.{launch}.folded" for launch in (0, 1)}
    assert (tmp_path / "kept" / "head.lock").read_text() == environment.lock
    (found,) = diffs.profile_differences(stored, tmp_path / "kept")
    assert (found.case, found.launches) == ("busy:one", 2)
    assert min(found.aligned) > 0.9
    assert min(found.base, found.head) > 0
    assert "targets.busy:app" in {one.name for one in found.functions if not one.mark}


def test_what_the_stacks_answer_differently_is_not_profiled(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "seeded", "answer = os.environ['DATABASE_URL'].encode()")
    write_target(tmp_path, "broken", "raise ValueError('no use')")

    class Told(Plan):
        @property
        def variables(self) -> dict[str, str]:
            return {"DATABASE_URL": str(self.seed)}

    ready = plan(environment, tmp_path)
    base, head = (Told(**{**vars(ready), "seed": seed}) for seed in (1, 2))
    recording, _ = recorded(base, head, tmp_path / "kept")
    assert not recording.document.samples
    (one,) = recording.document.disagreements
    assert one.case == "seeded:one"
    (absence,) = recording.document.absences
    assert "no use" in absence.reason
    assert diffs.profile_differences(recording.document, recording.folder) == []


def test_a_slow_case_has_as_many_launches_as_fit_or_none(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiles, "LAUNCHES", 6)
    write_target(tmp_path, "slow", "")
    ready = plan(environment, tmp_path, EFFORTS[EffortName.DEFAULT])
    arms = PairedPlan(ready, ready)
    assert profiles.launches_fitting(arms, math.inf) == 6
    ready.costs.saw("slow:one", 2.0)
    assert profiles.launches_fitting(arms, math.inf) == 3
    assert [profiles.launches_fitting(arms, within_s) for within_s in (30.0, 60.0, 600.0)] == [0, 3, 3]
