"""A record is measured release by release, goes on where it was, and asks nothing twice."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from record_lines import BEGAN, PLAN, line

from bench.analysis.series.bisection import NextComparison
from bench.analysis.series.record import PackageRecord, package_record
from bench.model.errors import UsageError
from bench.model.record import RecordedCase, RecordedComparison
from bench.model.record_plan import PackagePlan
from bench.model.series import SeriesMetric
from bench.runner.agent_process import AgentError
from bench.stack import releases as stack_releases
from bench.stack.environment import Environment
from bench.stack.uv import StackError, UnreachedError
from bench.store.files import StoreError
from bench.store.record import RecordFile
from bench.workflows import stacks
from bench.workflows.series import record
from bench.workflows.series.record import PackageRecorder

RELEASES = ("0.100.0", "0.101.0", "0.102.0", "0.102.1", "0.103.0", "0.104.0")
STEP = "0.102.1"


class Nobody:
    def begins(self, what: str, left: int) -> None: ...

    def reached(self, doing: str, subject: str, spent_s: float) -> None: ...

    def expects(self, total_s: float) -> None: ...


@dataclass
class Pretended:
    """Comparisons of releases of which the first case costs a fifth more from one on; interrupted after so many."""

    problems: Mapping[str, Exception] = field(default_factory=dict)
    invalid: tuple[str, str] = ("", "")
    patience: int = 1000
    begins_at: int = 0
    asked: list[tuple[SeriesMetric, NextComparison]] = field(default_factory=list)

    def __call__(self, gate: SeriesMetric, ask: NextComparison) -> RecordedComparison:
        if not self.patience:
            raise KeyboardInterrupt
        self.patience -= 1
        self.asked.append((gate, ask))
        if ask.head in self.problems:
            raise self.problems[ask.head]
        ids = ask.cases or (("a:one", "b:one") if gate == "cpu_us" else ("a",))
        logs = {id_: self._log(id_, ask.head) - self._log(id_, ask.base) for id_ in ids}
        made = line(ask.base, ask.head, logs, gate=gate, at=self.begins_at + len(self.asked))
        lacking = {
            id_: RecordedCase(request="r0", reason="disturbed") for id_ in ids if (id_, ask.head) == self.invalid
        }
        return made.model_copy(update={"cases": made.cases | lacking})

    def _log(self, id_: str, release: str) -> float:
        return math.log(1.2) if id_ == "a:one" and RELEASES.index(release) >= RELEASES.index(STEP) else 0.0

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return [(ask.base, ask.head) for _, ask in self.asked]


@dataclass
class Shelf:
    """A folder for a record of a package whose releases are known."""

    folder: Path
    environment: Environment
    releases: tuple[str, ...] = RELEASES

    @property
    def file(self) -> RecordFile:
        return RecordFile(self.folder, PLAN.package)

    def recorded(self, pretended: Pretended, plan: PackagePlan = PLAN, repeat: int = 0) -> PackageRecord:
        record.prepared(self.file, plan)
        self.recorder(pretended, plan, repeat).record()
        return self.read(plan)

    def recorder(self, pretended: Pretended, plan: PackagePlan = PLAN, repeat: int = 0) -> PackageRecorder:
        began = BEGAN + timedelta(minutes=pretended.begins_at)
        return PackageRecorder(plan, self.file, pretended, Nobody(), began, repeat, lambda: began)

    def read(self, plan: PackagePlan = PLAN) -> PackageRecord:
        found = self.file.load()
        assert found is not None
        return package_record(*found, plan)


@pytest.fixture
def shelf(tmp_path: Path, environment: Environment, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    made = Shelf(tmp_path / "record", environment)
    monkeypatch.setattr(stack_releases, "matching", lambda *_: made.releases)
    monkeypatch.setattr(stacks, "build", lambda *_: environment)
    monkeypatch.setattr(stacks, "restore", lambda _choice, _recipe, lock, _python: replace(environment, lock=lock))
    return made


def confirmed(found: PackageRecord) -> list[tuple[str, str, str]]:
    steps = (step for line in found.lines for step in line.steps if step.confirmed)
    return [(step.case, step.older, step.newer) for step in steps]


def test_each_minor_release_is_measured_and_a_step_is_found_at_its_patch_release(shelf: Shelf) -> None:
    pretended = Pretended()
    found = shelf.recorded(pretended)
    assert found.header.anchor == "0.104.0"
    assert pretended.pairs[:4] == [("0.104.0", one) for one in ("0.100.0", "0.102.0", "0.101.0", "0.103.0")]
    assert ("0.104.0", "0.102.1") in pretended.pairs
    assert ("0.102.0", "0.102.1") in pretended.pairs
    assert pretended.pairs[-1] == ("0.100.0", "0.104.0")
    assert confirmed(found) == [("a:one", "0.102.0", "0.102.1")]
    assert found.missing == ()


def test_points_of_a_line_confirm_nothing_by_themselves(shelf: Shelf) -> None:
    pretended = Pretended()
    shelf.recorded(pretended)
    assert {ask.confirms for _, ask in pretended.asked if ask.base == "0.104.0"} == {False}


@pytest.mark.parametrize("patience", range(7))
def test_a_record_that_was_interrupted_goes_on_where_it_was(shelf: Shelf, patience: int) -> None:
    pretended = Pretended(patience=patience)
    with pytest.raises(KeyboardInterrupt):
        shelf.recorded(pretended)
    pretended.patience = 1000
    found = shelf.recorded(pretended)
    assert len(pretended.pairs) == len({(ask.base, ask.head, ask.cases) for _, ask in pretended.asked}) == 7
    assert confirmed(found) == [("a:one", "0.102.0", "0.102.1")]


def test_a_complete_record_measures_nothing(shelf: Shelf) -> None:
    shelf.recorded(Pretended())
    again = Pretended()
    shelf.recorded(again)
    assert again.asked == []
    assert shelf.file.lock_path.read_text() == shelf.environment.lock


def test_a_new_release_joins_a_record_against_the_same_anchor(shelf: Shelf) -> None:
    shelf.releases = RELEASES[:-1]
    shelf.recorded(Pretended())
    shelf.releases = RELEASES
    again = Pretended()
    found = shelf.recorded(again)
    assert again.pairs[0] == ("0.103.0", "0.104.0")
    assert found.header.releases == RELEASES
    assert found.header.anchor == "0.103.0"


def test_what_can_not_be_compared_is_kept_with_its_reason_and_asked_once_a_call_three_times_in_all(
    shelf: Shelf,
) -> None:
    problems = {"0.101.0": StackError("no solution"), "0.100.0": AgentError(f"{shelf.folder}/x: it ended")}
    found = shelf.recorded(Pretended(problems))
    assert {one.release: one.reason for one in found.left_out} == {"0.101.0": "no solution", "0.100.0": "…/x: it ended"}
    for call, asked in enumerate((2, 2, 0), start=1):
        again = Pretended(problems, begins_at=60 * call)
        shelf.recorded(again)
        assert len(again.asked) == asked


def test_what_can_be_compared_at_last_joins_the_record(shelf: Shelf) -> None:
    shelf.recorded(Pretended({"0.101.0": StackError("no solution")}))
    again = Pretended(begins_at=60)
    found = shelf.recorded(again)
    assert again.pairs == [("0.104.0", "0.101.0")]
    assert found.left_out == ()


def test_a_case_without_a_valid_figure_is_asked_alone_by_the_next_calls(shelf: Shelf) -> None:
    shelf.recorded(Pretended(invalid=("b:one", "0.102.0")))
    for call, asked in enumerate((1, 1, 0), start=1):
        again = Pretended(invalid=("b:one", "0.102.0"), begins_at=60 * call)
        shelf.recorded(again)
        assert [(ask.head, ask.cases) for _, ask in again.asked] == [("0.102.0", ("b:one",))] * asked
    assert shelf.read().missing == ()


def test_an_index_that_can_not_be_reached_ends_it_and_is_no_reason_of_a_release(shelf: Shelf) -> None:
    pretended = Pretended({"0.102.0": UnreachedError("no package index can be reached", offline=False)})
    with pytest.raises(UnreachedError):
        shelf.recorded(pretended)
    assert shelf.read().left_out == ()
    assert len(shelf.read().comparisons) == 1


def test_a_case_that_joins_the_plan_is_measured_alone(shelf: Shelf) -> None:
    shelf.recorded(Pretended(), PLAN.model_copy(update={"cases": ("b:one",)}))
    again = Pretended()
    shelf.recorded(again)
    assert {ask.cases for _, ask in again.asked} == {("a:one",)}


WITH_STARTS = PLAN.model_copy(update={"startup": ("a:start",)})


def test_starts_are_measured_after_requests_and_steps_after_all_releases(shelf: Shelf) -> None:
    pretended = Pretended()
    record.prepared(shelf.file, WITH_STARTS)
    shelf.recorder(pretended, WITH_STARTS).compare_releases()
    shelf.recorded(pretended, WITH_STARTS)
    gates = [gate for gate, _ in pretended.asked]
    assert gates[:8] == ["cpu_us"] * 4 + ["startup_cpu_ms"] * 4
    assert gates[8:] == sorted(gates[8:])
    assert set(gates[8:]) == {"cpu_us", "startup_cpu_ms"}
    assert {ask.base for _, ask in pretended.asked[:8]} == {"0.104.0"}


def test_the_releases_alone_can_be_compared_first(shelf: Shelf) -> None:
    pretended = Pretended()
    record.prepared(shelf.file, WITH_STARTS)
    shelf.recorder(pretended, WITH_STARTS).compare_releases()
    assert [ask.confirms for _, ask in pretended.asked] == [False] * 8
    assert shelf.read(WITH_STARTS).missing == ()


def test_releases_that_were_measured_longest_ago_are_measured_again(shelf: Shelf) -> None:
    shelf.recorded(Pretended())
    again = Pretended(begins_at=60)
    found = shelf.recorded(again, repeat=2)
    assert again.pairs == [("0.104.0", "0.100.0"), ("0.104.0", "0.102.0")]
    assert {one.release for one in found.repeated} == {"0.100.0", "0.102.0"}


def test_a_record_of_another_python_is_not_gone_on_with(shelf: Shelf) -> None:
    shelf.recorded(Pretended())
    with pytest.raises(UsageError, match=r"was measured on Python 3\.\d+, the plan says 3\.12; change the plan"):
        record.prepared(shelf.file, PLAN.model_copy(update={"python": "3.12"}))


def test_a_record_with_another_lock_is_not_gone_on_with(shelf: Shelf) -> None:
    shelf.recorded(Pretended())
    shelf.file.lock_path.write_text("fastapi==0.1\n")
    with pytest.raises(StoreError, match="isn't the lock"):
        record.prepared(shelf.file, PLAN)
