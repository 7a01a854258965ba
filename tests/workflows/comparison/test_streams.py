"""The stages of a comparison over two streams: whose blocks run when and beside what, by a clock of their own."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from pretended_blocks import CASE_S, Nobody, Pretended, Spent, compared

from bench.analysis.comparison import verdicts as analysis
from bench.analysis.comparison.blocks import blocks
from bench.model.comparison import Comparison, Verdict
from bench.runner import streams
from bench.stats.two_stage import FEWEST, PILOT, blocks_needed

TWO = (None, -1)
"""Two streams whose threads are pinned nowhere: the kernel has no core of a negative number, and isn't asked."""


@pytest.fixture(autouse=True)
def unpinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_setaffinity", lambda _pid, _cores: None)


class OnTwo:
    """A comparison over two streams, or over other ones."""

    def __init__(self, patch: pytest.MonkeyPatch, folder: Path) -> None:
        self._patch, self._folder = patch, folder

    def __call__(
        self,
        pretended: Pretended,
        budget_s: float = 300.0,
        listener: Nobody | None = None,
        cores: Sequence[int | None] = TWO,
    ) -> Comparison:
        self._patch.setattr(streams, "SimpleQueue", pretended.time.queue)
        return compared(pretended, self._folder / str(len(cores)), budget_s, listener, cores=cores)


@pytest.fixture
def on_two(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> OnTwo:
    return OnTwo(monkeypatch, tmp_path)


def beside(one: Spent, other: Spent) -> bool:
    return one.begun_s < other.ended_s and other.begun_s < one.ended_s


def busy_s(pretended: Pretended) -> float:
    """How long all cores together measured."""
    return sum(one.ended_s - one.begun_s for one in pretended.spent)


def test_two_streams_measure_the_same_in_half_the_time(on_two: OnTwo) -> None:
    cases = {f"case{n}": 1.0 for n in range(8)}
    twice, once = Pretended(cases), Pretended(cases)
    assert len(on_two(twice).samples) == len(on_two(once, cores=(None,)).samples) == 8 * PILOT
    assert twice.now_s == pytest.approx(once.now_s / 2)


def test_each_core_works_all_the_time(on_two: OnTwo) -> None:
    pretended = Pretended({"a": 1.0, "b": 1.0}, spread=0.04)
    on_two(pretended, budget_s=120.0)
    assert {one.core for one in pretended.spent} == set(TWO)
    assert busy_s(pretended) >= 0.95 * 2 * pretended.now_s


def test_what_is_clear_stops_at_the_pilot_and_its_time_goes_to_what_is_not(on_two: OnTwo) -> None:
    clear = {f"clear{n}": 0.004 for n in range(6)}
    pretended = Pretended(dict.fromkeys([*clear, "noisy"], 1.0), spread={**clear, "noisy": 0.05})
    found = on_two(pretended, budget_s=100.0)
    assert {name: pretended.count("pilot", name) for name in clear} == dict.fromkeys(clear, PILOT)
    assert not any(pretended.count("further", name) for name in clear)
    assert pretended.count("further", "noisy") >= 5 * PILOT
    assert {one.verdict for one in analysis.results(found) if one.case != "noisy:one"} == {Verdict.EQUIVALENT}


@pytest.mark.parametrize("cores", [(None,), TWO, (None, -1, -2)], ids=len)
def test_no_stream_measures_what_another_one_is_about_to(on_two: OnTwo, cores: Sequence[int | None]) -> None:
    """Blocks that are under way count: there are exactly as many as the first stage asks for."""
    pretended = Pretended({"a": 1.0, "b": 1.0}, spread={"a": 0.025, "b": 0.035})
    found = on_two(pretended, cores=cores)
    for case, seen in blocks(found, "cpu_us").items():
        needed = blocks_needed(seen.pilot, seen.further, found.margins[case])
        assert PILOT < needed == len(seen.pilot) + len(seen.further)
        assert len(seen.pilot) == PILOT


def test_what_needs_quiet_has_nothing_beside_it_and_the_others_have(on_two: OnTwo) -> None:
    pretended = Pretended({"a": 1.0, "b": 1.0, "database": 1.2}, alone={"database"})
    found = on_two(pretended)
    pairs = [pair for pair in itertools.combinations(pretended.spent, 2) if beside(*pair)]
    assert pairs
    assert not [one for pair in pairs for one in pair if "database" in one.targets]
    assert all(one.core is TWO[0] for one in pretended.spent if "database" in one.targets)
    assert {one.case: one.verdict for one in analysis.results(found)} == {
        "a:one": Verdict.EQUIVALENT,
        "b:one": Verdict.EQUIVALENT,
        "database:one": Verdict.SLOWER,
    }


@pytest.mark.parametrize("case_s", [0.5, 2.0, 4.0])
@pytest.mark.parametrize("spread", [0.005, 0.08])
@pytest.mark.parametrize("slower", [1.0, 1.5])
@pytest.mark.parametrize("alone", [(), ("quiet",)], ids=["all beside", "one alone"])
def test_two_streams_keep_the_budget(
    on_two: OnTwo, case_s: float, spread: float, slower: float, alone: tuple[str, ...]
) -> None:
    pretended = Pretended({"a": slower, "quiet": 1.0}, spread, case_s={"a": case_s, "quiet": case_s / 2}, alone=alone)
    found = on_two(pretended, budget_s=60.0)
    profiles_s = 0.15 * 57 if analysis.candidates(found) else 0.0
    assert pretended.now_s + profiles_s <= 60
    assert all(one.ratio is not None for one in analysis.results(found) if one.valid)
    assert any(one.valid for one in analysis.results(found))


def test_a_change_is_confirmed_by_fresh_blocks_on_both_cores(on_two: OnTwo) -> None:
    pretended = Pretended({"same": 1.0, "slow": 1.2})
    found = on_two(pretended)
    assert pretended.count("confirmation", "slow") == 2 * FEWEST
    assert pretended.count("confirmation", "same") == 0
    last = [one for one in pretended.spent if one.targets == ["slow"]]
    assert {one.core for one in last} == set(TWO)
    assert {one.case: one.verdict for one in analysis.results(found)} == {
        "same:one": Verdict.EQUIVALENT,
        "slow:one": Verdict.SLOWER,
    }


def test_a_case_that_fails_is_left_out_of_what_is_begun_after_that(on_two: OnTwo) -> None:
    pretended = Pretended({"a": 1.0, "broken": -1.0})
    found = on_two(pretended)
    assert pretended.count("pilot", "broken") == len(TWO)
    assert {one.case: one.valid for one in analysis.results(found)} == {"a:one": True, "broken:one": False}


def test_the_time_that_is_told_at_first_is_what_two_streams_take(on_two: OnTwo) -> None:
    pretended, told = Pretended({"a": 1.0, "b": 1.0, "quiet": 1.0}, alone={"quiet"}), Nobody()
    on_two(pretended, listener=told)
    assert told.expected_s[0] == pytest.approx(pretended.now_s, rel=0.15)


def test_a_slow_core_holds_up_the_other_one_for_its_last_block_only(on_two: OnTwo) -> None:
    class Slow(Pretended):
        """Its second core takes three times as long."""

        def slowed(self, core: int | None) -> float:
            return 3.0 if core == TWO[1] else 1.0

    pretended = Slow({"a": 1.0, "b": 1.0})
    on_two(pretended)
    number = {core: sum(one.core == core for one in pretended.spent) for core in TWO}
    assert number[TWO[0]] + number[TWO[1]] == PILOT
    assert number[TWO[0]] >= 2 * number[TWO[1]]
    assert busy_s(pretended) >= 2 * pretended.now_s - 3 * 3 * CASE_S
