"""The stages of a comparison, by a clock and blocks that are pretended: what is measured when, and when it ends."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path

from comparisons import comparison, pair

from bench.analysis import comparison as analysis
from bench.model.comparison import Comparison, PairSample, Stage, Verdict
from bench.model.run import MissingSample
from bench.model.workload import Case
from bench.stats.two_stage import CONFIRMING, FEWEST, PILOT
from bench.store import documents
from bench.store.recording import Recording
from bench.workflows.compare import ComparisonStages

CASE_S = 0.5


class Pretended:
    """Blocks with known ratios; each case takes half a second of a clock that nothing else moves."""

    def __init__(self, ratios: dict[str, float], spread: float = 0.005) -> None:
        self.now_s = 0.0
        self.failed: set[str] = set()
        self.ratios = ratios
        self.spread = spread
        self.blocks: list[tuple[Stage, list[str]]] = []

    def clock(self) -> float:
        return self.now_s

    def calibrate(self) -> None:
        self.now_s += 1.0

    def block(self, number: int, stage: Stage, cases: Sequence[Case]) -> Iterator[PairSample | MissingSample]:
        self.blocks.append((stage, [case.target for case in cases]))
        for case in cases:
            self.now_s += CASE_S
            if self.ratios[case.target] < 0:
                yield MissingSample(case=case.id, during="timing", kind="invalid", reason="head: it fails")
            else:
                yield pair(case.target, number, stage, self.ratios[case.target], self.spread)

    def count(self, stage: Stage, target: str) -> int:
        return sum(one == stage and target in targets for one, targets in self.blocks)


class Nobody:
    def reached(self, doing: str, subject: str, spent_s: float) -> None: ...


def compared(pretended: Pretended, folder: Path, budget_s: float = 300.0) -> Comparison:
    begun = comparison(*pretended.ratios, budget_s=budget_s)
    recording = Recording(begun, folder, lambda document: documents.COMPARISON.save(document, folder))
    ComparisonStages(recording, Nobody(), pretended.clock).run(pretended)
    recording.flush()
    return documents.COMPARISON.load(folder / begun.id)


def test_cases_that_do_not_change_get_the_pilot_and_nothing_more(tmp_path: Path) -> None:
    pretended = Pretended({"a": 1.0, "b": 1.0})
    found = compared(pretended, tmp_path)
    assert pretended.blocks == [("pilot", ["a", "b"])] * PILOT
    assert {one.verdict for one in analysis.results(found)} == {Verdict.EQUIVALENT}


def test_what_looks_changed_is_measured_again_and_alone(tmp_path: Path) -> None:
    pretended = Pretended({"same": 1.0, "slow": 1.2})
    found = compared(pretended, tmp_path)
    assert pretended.count("pilot", "slow") == PILOT
    assert pretended.count("confirmation", "slow") == math.ceil(CONFIRMING * PILOT)
    assert pretended.count("confirmation", "same") == 0
    assert {one.case: one.verdict for one in analysis.results(found)} == {
        "same:one": Verdict.EQUIVALENT,
        "slow:one": Verdict.SLOWER,
    }


def test_blocks_that_differ_much_are_followed_by_as_many_as_the_pilot_asks_for(tmp_path: Path) -> None:
    pretended = Pretended({"a": 1.0}, spread=0.03)
    found = compared(pretended, tmp_path)
    assert pretended.count("further", "a") >= 5
    assert analysis.blocks_wanted(found) == {}


def test_the_budget_is_kept_and_leaves_time_to_confirm(tmp_path: Path) -> None:
    pretended = Pretended({"noisy": 1.0, "slow": 1.5}, spread=0.08)
    compared(pretended, tmp_path, budget_s=60.0)
    before = takewhile(lambda block: block[0] != "confirmation", pretended.blocks)
    assert sum(len(targets) * CASE_S for _, targets in before) <= 42
    assert pretended.count("confirmation", "slow") >= 12
    assert pretended.now_s <= 60


def test_even_the_smallest_budget_has_as_many_blocks_as_a_verdict_needs(tmp_path: Path) -> None:
    pretended = Pretended({f"case{n}": 1.0 for n in range(40)})
    found = compared(pretended, tmp_path, budget_s=10.0)
    assert len(pretended.blocks) == FEWEST
    assert all(one.valid for one in analysis.results(found))


def test_a_case_that_fails_is_left_out_and_the_others_go_on(tmp_path: Path) -> None:
    pretended = Pretended({"a": 1.0, "broken": -1.0})
    found = compared(pretended, tmp_path)
    assert pretended.count("pilot", "broken") == 1
    assert {one.case: one.valid for one in analysis.results(found)} == {"a:one": True, "broken:one": False}


def test_nothing_at_all_to_compare_ends_at_once(tmp_path: Path) -> None:
    pretended = Pretended({"broken": -1.0})
    compared(pretended, tmp_path)
    assert len(pretended.blocks) == 1
