"""Halving finds the release that changed a case in as few comparisons as can be, by a truth that the tests know."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.analysis.bisection import BisectionAnswer, BisectionEnd, NextComparison, after, most, side
from bench.model.comparison import Verdict
from bench.stats.two_stage import Change, change, verdict

MARGIN = 0.03
BLOCKS = 20


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
    assert measured.asked[-1].margin == MARGIN


@pytest.mark.parametrize("whole", [0.2, -0.2])
@pytest.mark.parametrize(("at", "said"), [(1.0, "bad"), (0.0, "good"), (0.5, None), (0.6, None), (1.4, "bad")])
def test_a_side_is_told_by_the_whole_interval(whole: float, at: float, said: str | None) -> None:
    ends = Change(whole, 0.02, 0.007, 19, 20)
    assert side(Change(whole * at, 0.03, 0.01, 19, 20), ends) == said


def test_a_bisection_of_one_release_is_none() -> None:
    with pytest.raises(ValueError, match="a good and a bad release"):
        after(["1"], MARGIN, [])
