"""A sweep and a bisection that are interrupted go on where they were, and what can't be compared is left out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from sweeps import RELEASES, between, bisection, sweep

from bench.analysis.series.bisection import NextComparison
from bench.model.comparison import Comparison
from bench.model.series import Bisection, Sweep
from bench.report.words.sweep import swept
from bench.runner.agent_process import AgentError
from bench.stack.uv import StackError
from bench.store import documents, series
from bench.store.files import StoreError, write_atomically
from bench.store.recording import Recording
from bench.workflows.series.bisect import bisect
from bench.workflows.series.sweep import most
from bench.workflows.series.sweep import sweep as measure_sweep

COSTS = dict(zip(RELEASES, (1.3, 1.3, 1.0, 1.0, 1.15, 1.15), strict=True))


class Nobody:
    def __init__(self) -> None:
        self.begun: list[tuple[str, int]] = []

    def begins(self, what: str, left: int) -> None:
        self.begun.append((what, left))

    def reached(self, doing: str, subject: str, spent_s: float) -> None: ...


class Pretended:
    """Comparisons by known costs, kept as real ones are; interrupted after so many."""

    def __init__(
        self, folder: Path, costs: Mapping[str, float], problems: Mapping[str, Exception] | None = None
    ) -> None:
        self.folder, self.costs, self.problems = folder / series.COMPARISONS, costs, problems or {}
        self.flat: tuple[str, ...] = ()
        self.refused: dict[tuple[str, str], Exception] = {}
        self.asked: list[NextComparison] = []
        self.patience = 1000

    def __call__(self, ask: NextComparison) -> Comparison:
        if not self.patience:
            raise KeyboardInterrupt
        self.patience -= 1
        self.asked.append(ask)
        if problem := self.problems.get(ask.head) or self.refused.get((ask.base, ask.head)):
            raise problem
        ratios = {"a": self.costs[ask.head] / self.costs[ask.base], **dict.fromkeys(self.flat, 1.0)}
        asked = {name: ratio for name, ratio in ratios.items() if f"{name}:one" in (ask.cases or (f"{name}:one",))}
        made = between(ask.base, ask.head, asked, margin=ask.margin)
        documents.COMPARISON.save(made, self.folder)
        return made

    @property
    def heads(self) -> list[str]:
        return [one.head for one in self.asked]


def recording(document: Sweep | Bisection, folder: Path) -> Recording:
    return Recording(document, folder, lambda kept: write_atomically(folder / "document.json", kept.model_dump_json()))


def reread(kind: type, folder: Path) -> Recording:
    return recording(kind.model_validate_json((folder / "document.json").read_text()), folder)


def test_releases_are_compared_with_the_anchor_then_steps_and_both_ends_with_each_other(tmp_path: Path) -> None:
    found, pretended = recording(sweep("a"), tmp_path), Pretended(tmp_path, COSTS)
    measure_sweep(found, pretended, Nobody())
    with_anchor, others = pretended.asked[:5], pretended.asked[5:]
    assert [(ask.base, ask.head) for ask in with_anchor] == [
        (RELEASES[-1], release) for release in ("0.115.0", "0.118.0", "0.117.1", "0.116.0", "0.119.0")
    ]
    assert [(ask.base, ask.head) for ask in others] == [
        ("0.116.0", "0.117.1"),
        ("0.118.0", "0.119.0"),
        ("0.115.0", "0.120.4"),
    ]
    assert [ask.confirms for ask in pretended.asked] == [False] * 5 + [True, True, False]
    assert found.document.complete
    document = reread(Sweep, tmp_path).document
    stored = series.comparisons(document, tmp_path)
    assert {release: one.head.stack.packages["fastapi"] for release, one in stored.items()} == {
        release: release for release in RELEASES[:-1]
    }
    (line,) = swept(document, stored, series.direct(document, tmp_path)).lines
    assert [step.newer for step in line.steps if step.confirmed] == ["0.117.1", "0.119.0"]
    assert len(pretended.asked) <= most(document.words, len(RELEASES))
    assert [ask.explained for ask in pretended.asked] == [False] * 5 + [True, True, False]


def test_only_the_cases_that_look_changed_are_compared_directly(tmp_path: Path) -> None:
    found, pretended = recording(sweep("a", "flat"), tmp_path), Pretended(tmp_path, COSTS)
    pretended.flat = ("flat",)
    measure_sweep(found, pretended, Nobody())
    assert [ask.cases for ask in pretended.asked] == [()] * 5 + [("a:one",)] * 2 + [()]


@pytest.mark.parametrize("patience", range(9))
def test_a_sweep_that_was_interrupted_goes_on_where_it_was(tmp_path: Path, patience: int) -> None:
    begun, pretended = recording(sweep("a"), tmp_path), Pretended(tmp_path, COSTS)
    begun.flush()
    pretended.patience = patience
    if patience < 8:
        with pytest.raises(KeyboardInterrupt):
            measure_sweep(begun, pretended, Nobody())
        assert not begun.document.complete
    else:
        measure_sweep(begun, pretended, Nobody())
    pretended.patience = 1000
    progress = Nobody()
    again = reread(Sweep, tmp_path)
    measure_sweep(again, pretended, progress)
    assert len(pretended.asked) == len({(ask.base, ask.head) for ask in pretended.asked}) == 8
    assert len(progress.begun) == 8 - patience
    assert again.document.complete


def test_steps_that_can_not_be_compared_directly_are_left_unconfirmed(tmp_path: Path) -> None:
    found, pretended = recording(sweep("a"), tmp_path), Pretended(tmp_path, COSTS)
    pretended.refused = {("0.116.0", "0.117.1"): AgentError("head: it ended")}
    measure_sweep(found, pretended, Nobody())
    (refused,) = found.document.not_compared
    assert (refused.base, refused.head, refused.reason) == ("0.116.0", "0.117.1", "head: it ended")
    again = reread(Sweep, tmp_path).document
    (line,) = swept(again, series.comparisons(again, tmp_path), series.direct(again, tmp_path)).lines
    assert [step.newer for step in line.steps if step.confirmed] == ["0.119.0"]
    assert line.steps[1].reason == "head: it ended"


def test_releases_that_can_not_be_compared_are_left_out_and_the_others_go_on(tmp_path: Path) -> None:
    problems = {"0.116.0": StackError("uv pip compile: no solution"), "0.118.0": AgentError("base: it ended")}
    found, pretended = recording(sweep("a"), tmp_path), Pretended(tmp_path, COSTS, problems)
    measure_sweep(found, pretended, Nobody())
    assert {one.release: one.reason for one in found.document.left_out} == {
        release: str(error) for release, error in problems.items()
    }
    assert set(found.document.comparisons) == {"0.115.0", "0.117.1", "0.119.0"}
    assert reread(Sweep, tmp_path).document.complete


def test_a_reason_holds_no_path_of_this_machine(tmp_path: Path) -> None:
    problems = {"0.116.0": StackError(f"{tmp_path}/stacks/x/bin/python: does not start")}
    found = recording(sweep("a"), tmp_path)
    measure_sweep(found, Pretended(tmp_path, COSTS, problems), Nobody())
    assert str(tmp_path) not in (tmp_path / "document.json").read_text()


def test_what_can_not_be_kept_stops_a_sweep(tmp_path: Path) -> None:
    problems = {release: StoreError("the disk is full") for release in RELEASES}
    with pytest.raises(StoreError):
        measure_sweep(recording(sweep("a"), tmp_path), Pretended(tmp_path, COSTS, problems), Nobody())


def stepping(count: int, at: int, factor: float = 1.2) -> dict[str, float]:
    return {f"0.{number}.0": factor if number >= at else 1.0 for number in range(count)}


def searched(folder: Path, costs: Mapping[str, float], **problems: Exception) -> tuple[Recording, Pretended]:
    named = {release.replace("_", "."): error for release, error in problems.items()}
    return recording(bisection("a", list(costs)), folder), Pretended(folder, costs, named)


def test_a_bisection_names_the_release_and_keeps_every_comparison(tmp_path: Path) -> None:
    found, pretended = searched(tmp_path, stepping(12, 7))
    end = bisect(found, pretended, Nobody())
    assert (end.kind, end.good, end.bad) == ("found", "0.6.0", "0.7.0")
    assert len(found.document.asked) == len(pretended.asked) <= 5
    assert {ask.base for ask in pretended.asked} == {"0.0.0"}
    assert found.document.complete


@pytest.mark.parametrize("patience", range(5))
def test_a_bisection_that_was_interrupted_asks_nothing_twice(tmp_path: Path, patience: int) -> None:
    found, pretended = searched(tmp_path, stepping(12, 7))
    found.flush()
    pretended.patience = patience
    with pytest.raises(KeyboardInterrupt):
        bisect(found, pretended, Nobody())
    pretended.patience = 1000
    again = reread(Bisection, tmp_path)
    end = bisect(again, pretended, Nobody())
    assert (end.good, end.bad) == ("0.6.0", "0.7.0")
    assert len(pretended.asked) == len({(ask.base, ask.head, ask.margin) for ask in pretended.asked})


@pytest.mark.parametrize("way", ["unresolvable", "failing"])
def test_a_candidate_that_says_nothing_is_left_out_and_another_asked(tmp_path: Path, way: str) -> None:
    costs = stepping(12, 7)
    if way == "failing":
        found, pretended = searched(tmp_path, {**costs, "0.5.0": -1.0})
    else:
        found, pretended = searched(tmp_path, costs, **{"0_5_0": StackError("no solution")})
    end = bisect(found, pretended, Nobody())
    assert (end.kind, end.good, end.bad) == ("found", "0.6.0", "0.7.0")
    (skipped,) = found.document.skipped
    assert skipped.version == "0.5.0"


def test_an_end_that_can_not_be_compared_ends_a_bisection(tmp_path: Path) -> None:
    found, pretended = searched(tmp_path, stepping(12, 7), **{"0_11_0": StackError("no solution")})
    with pytest.raises(StackError):
        bisect(found, pretended, Nobody())
