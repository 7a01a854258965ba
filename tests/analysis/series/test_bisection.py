"""Halving finds the release that changed a case in as few comparisons as can be, by a truth that the tests know."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from in_stages import in_stages

from bench.analysis.comparison.verdicts import CHANGED
from bench.analysis.series.bisection import BisectionAnswer, BisectionEnd, NextComparison, after, most, side
from bench.model.comparison import Verdict
from bench.stats.two_stage import Change, blocks_to_confirm, change, confirms, verdict

MARGIN = 0.03
BLOCKS = 20
TRIALS = 57
MOST_BLOCKS = 120
"""In the time that one comparison has."""


class Measured:
    """Comparisons of releases whose true cost is known; as many blocks as their margin asks for."""

    def __init__(self, costs: Mapping[str, float], spread: float = 0.01, seed: int = 0) -> None:
        self._costs, self._spread, self._random = costs, spread, random.Random(seed)
        self.asked: list[NextComparison] = []

    def answer(self, ask: NextComparison) -> BisectionAnswer:
        self.asked.append(ask)
        truth = math.log(self._costs[ask.head] / self._costs[ask.base])
        found = change([self._random.gauss(truth, self._spread) for _ in range(BLOCKS)])
        return BisectionAnswer(ask.base, ask.head, ask.margin, found, verdict(found, ask.margin))


def bisected(releases: Sequence[str], measured: Measured, answers: Sequence[BisectionAnswer] = ()) -> BisectionEnd:
    known = list(answers)
    while isinstance(ask := after(releases, MARGIN, known), NextComparison):
        known.append(measured.answer(ask))
    return ask


class Blocks(Measured):
    """The same in the two stages of a real comparison, with blocks as real ones: an SD of `spread`, and one in twenty
    that is slower throughout."""

    def answer(self, ask: NextComparison) -> BisectionAnswer:
        self.asked.append(ask)
        truth = math.log(self._costs[ask.head] / self._costs[ask.base])
        pilot, further = in_stages(lambda blocks: self._blocks(truth, blocks), ask.margin, MOST_BLOCKS)
        found = change(pilot, further)
        said = verdict(found, ask.margin)
        if said not in (Verdict.SLOWER, Verdict.FASTER):
            return BisectionAnswer(ask.base, ask.head, ask.margin, found, said)
        fresh = self._blocks(truth, blocks_to_confirm(found, ask.margin))
        said = said if confirms(change(fresh), said, ask.margin) else Verdict.INCONCLUSIVE
        return BisectionAnswer(ask.base, ask.head, ask.margin, change(pilot, further + fresh), said)

    def _blocks(self, truth: float, number: int) -> list[float]:
        slow = (self._random.choice((-0.15, 0.15)) if self._random.random() < 0.05 else 0.0 for _ in range(number))
        return [self._random.gauss(truth, self._spread) + more for more in slow]


def numbered(count: int) -> list[str]:
    return [f"0.{number}.0" for number in range(count)]


def stepping(releases: Sequence[str], at: int, factor: float) -> dict[str, float]:
    return {release: factor if index >= at else 1.0 for index, release in enumerate(releases)}


@given(st.data())
def test_one_step_is_found_in_no_more_comparisons_than_halving_needs(data: st.DataObject) -> None:
    releases = numbered(data.draw(st.integers(min_value=2, max_value=130)))
    at = data.draw(st.integers(min_value=1, max_value=len(releases) - 1))
    factor = data.draw(st.sampled_from([0.5, 0.8, 0.9, 1.1, 1.3, 4.0]))
    measured = Measured(stepping(releases, at, factor), spread=0.005, seed=data.draw(st.integers(0, 1000)))
    end = bisected(releases, measured)
    assert (end.kind, end.good, end.bad) == ("found", releases[at - 1], releases[at])
    assert len(measured.asked) <= most(len(releases)) <= math.ceil(math.log2(len(releases))) + 2
    assert end.confirmed is not None
    assert end.confirmed.found is not None
    assert end.confirmed.found.ratio == pytest.approx(factor, rel=0.02)


def test_a_search_that_goes_on_with_what_is_known_asks_nothing_twice() -> None:
    releases = numbered(40)
    costs = stepping(releases, 17, 1.2)
    first = Measured(costs)
    known: list[BisectionAnswer] = []
    while len(known) < 4:
        ask = after(releases, MARGIN, known)
        assert isinstance(ask, NextComparison)
        known.append(first.answer(ask))
    second = Measured(costs, seed=1)
    end = bisected(releases, second, known)
    assert (end.good, end.bad) == (releases[16], releases[17])
    assert not {(one.base, one.head, one.margin) for one in first.asked} & {
        (one.base, one.head, one.margin) for one in second.asked
    }


def test_ends_that_are_alike_end_it_at_once() -> None:
    measured = Measured(dict.fromkeys(numbered(9), 1.0))
    end = bisected(numbered(9), measured)
    assert (end.kind, len(measured.asked)) == ("unchanged", 1)


def test_ends_that_say_nothing_end_it_at_once() -> None:
    releases = numbered(9)
    nothing = BisectionAnswer(releases[0], releases[-1], MARGIN, None, Verdict.INCONCLUSIVE, "head: it fails")
    end = after(releases, MARGIN, [nothing])
    assert isinstance(end, BisectionEnd)
    assert (end.kind, end.doubtful) == ("unknown", nothing)


def test_two_neighbours_need_one_comparison_which_confirms_itself() -> None:
    measured = Measured({"1": 1.0, "2": 1.5})
    end = bisected(["1", "2"], measured)
    assert (end.kind, len(measured.asked)) == ("found", 1)
    assert end.confirmed is not None


def test_a_release_in_the_middle_of_the_change_is_asked_twice_and_leaves_a_range() -> None:
    releases = numbered(9)
    costs = {release: (1.0, 1.1, 1.21)[index // 3] for index, release in enumerate(releases)}
    measured = Measured(costs)
    end = bisected(releases, measured)
    assert (end.kind, end.good, end.bad) == ("undecided", releases[0], releases[-1])
    assert end.doubtful is not None
    assert [one.head for one in measured.asked] == [releases[8], releases[4], releases[4]]
    assert measured.asked[2].margin < measured.asked[1].margin


def test_a_large_change_is_asked_with_a_margin_that_needs_few_blocks() -> None:
    releases = numbered(5)
    measured = Measured(stepping(releases, 2, 2.0))
    bisected(releases, measured)
    assert measured.asked[1].margin == pytest.approx(math.sqrt(2) - 1, rel=0.05)
    assert measured.asked[0].margin == MARGIN


@pytest.mark.parametrize("whole", [0.2, -0.2])
@pytest.mark.parametrize(("at", "said"), [(1.0, "bad"), (0.0, "good"), (0.5, None), (0.6, None), (1.4, "bad")])
def test_a_side_is_told_by_the_whole_interval(whole: float, at: float, said: str | None) -> None:
    ends = Change(whole, 0.02, 0.007, 19, 20)
    assert side(Change(whole * at, 0.03, 0.01, 19, 20), ends) == said


def test_a_bisection_of_one_release_is_none() -> None:
    with pytest.raises(ValueError, match="a good and a bad version"):
        after(["1"], MARGIN, [])


def test_twenty_commits_take_no_more_than_six_comparisons() -> None:
    assert most(20) == 6


@pytest.mark.parametrize(("spread", "within_six"), [(0.01, 0.93), (0.02, 0.85)])
@pytest.mark.parametrize("size", [1.05, 1 / 1.05])
def test_a_step_of_five_percent_in_twenty_commits_is_found_and_never_elsewhere(
    spread: float, within_six: float, size: float
) -> None:
    """Of 152 such searches 97% and 91% took six comparisons at the most, the others a seventh: for ends whose change is
    certain, but not that it is as large as the margin."""
    commits, counts, found = numbered(20), [], 0
    for seed in range(TRIALS):
        at = 1 + seed % 19
        measured = Blocks(stepping(commits, at, size), spread, seed)
        end = bisected(commits, measured)
        confirmed = end.confirmed is not None and end.confirmed.verdict in CHANGED
        if end.kind == "found":
            assert (end.good, end.bad) == (commits[at - 1], commits[at])
        found += end.kind == "found" and confirmed
        counts.append(len(measured.asked))
    assert found >= 0.95 * TRIALS
    assert sum(count <= 6 for count in counts) >= within_six * TRIALS
    assert max(counts) <= 7


def two_steps(commits: Sequence[str], first: tuple[int, float], second: tuple[int, float]) -> dict[str, float]:
    costs = [stepping(commits, at, factor) for at, factor in (first, second)]
    return {commit: costs[0][commit] * costs[1][commit] for commit in commits}


@pytest.mark.parametrize(
    ("sizes", "kinds"),
    [
        ((1.05, 1.05), ("undecided", "found")),
        ((1.10, 1.04), ("found",)),
        ((1.04, 1.10), ("found",)),
        ((1.10, 0.95), ("found", "undecided")),
        ((1.06, 1 / 1.06), ("unchanged",)),
    ],
    ids=str,
)
def test_of_two_steps_none_is_looked_for_where_neither_is(sizes: tuple[float, float], kinds: tuple[str, ...]) -> None:
    commits, found, several = numbered(20), 0, 0
    for seed in range(TRIALS):
        places = sorted(random.Random(seed).sample(range(1, 20), 2))
        steps = (places[0], sizes[0]), (places[1], sizes[1])
        measured = Blocks(two_steps(commits, *steps), 0.01, seed)
        end = bisected(commits, measured)
        assert end.kind in kinds
        if end.kind == "found":
            assert commits.index(end.bad) in places
            several += end.several
            found += 1
        if end.kind == "undecided":
            assert any(commits.index(end.good) < at <= commits.index(end.bad) for at in places)
    assert several >= 0.8 * found


def test_the_only_step_is_the_whole_change() -> None:
    commits = numbered(20)
    for seed in range(TRIALS):
        end = bisected(commits, Blocks(stepping(commits, 1 + seed % 19, 1.1), 0.01, seed))
        assert not end.several


def test_ends_whose_change_is_certain_but_not_its_size_are_asked_once_more() -> None:
    commits = numbered(3)
    near = BisectionAnswer(commits[0], commits[2], MARGIN, Change(0.035, 0.012, 0.004, 15, 20), Verdict.INCONCLUSIVE)
    ask = after(commits, MARGIN, [near])
    assert ask == NextComparison(commits[0], commits[2], MARGIN / 2)
    sure = BisectionAnswer(commits[0], commits[2], MARGIN / 2, Change(0.036, 0.004, 0.001, 15, 80), Verdict.SLOWER)
    ask = after(commits, MARGIN, [near, sure])
    assert isinstance(ask, NextComparison)
    assert ask.head == commits[1]
    less = BisectionAnswer(commits[0], commits[2], MARGIN / 2, Change(0.02, 0.004, 0.001, 15, 80), Verdict.SLOWER)
    end = after(commits, MARGIN, [near, less])
    assert isinstance(end, BisectionEnd)
    assert (end.kind, end.doubtful and end.doubtful.verdict) == ("unchanged", Verdict.EQUIVALENT)


def test_neighbours_whose_step_the_search_does_not_confirm_are_compared_themselves() -> None:
    """Half of the change came with each of two: the margin lies between."""
    commits = numbered(4)
    costs = dict(zip(commits, (1.0, 1.008, 1.036, 1.04), strict=True))
    measured = Measured(costs, spread=0.004)
    end = bisected(commits, measured)
    assert measured.asked[-1] == NextComparison(commits[1], commits[2], MARGIN)
    assert end.confirmed is not None
    assert not end.confirmed.inferred
