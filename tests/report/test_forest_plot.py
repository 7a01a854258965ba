"""A forest plot keeps what changed apart from what didn't, on a scale that puts every ratio in its place."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from comparisons import comparison, counted, measured
from hypothesis import given
from hypothesis import strategies as st

from bench.analysis.comparison import verdicts as analysis
from bench.model.comparison import Comparison
from bench.report.figures.axes import RatioScale
from bench.report.figures.forest_plot import FOLDED, forest, in_words, strips

ratios = st.floats(1e-3, 1e3)
margins = st.floats(0.001, 0.5)


@given(st.lists(ratios), margins)
def test_a_larger_ratio_never_lies_to_the_left_of_a_smaller_one(found: list[float], margin: float) -> None:
    scale = RatioScale.over(found, margin)
    places = [scale.percent(ratio) for ratio in sorted(found)]
    assert places == sorted(places)
    assert all(0 < place < 100 for place in places)


@given(st.lists(ratios), margins)
def test_the_scale_shows_no_change_and_the_whole_margin(found: list[float], margin: float) -> None:
    scale = RatioScale.over(found, margin)
    low, high = scale.band
    assert scale.low < low < 1 < high < scale.high
    assert scale.percent(scale.low) < scale.percent(low) < scale.percent(1) < scale.percent(high)
    assert math.log(low) == pytest.approx(-math.log(high))


@given(st.lists(ratios, min_size=1), margins)
def test_ticks_stand_on_the_scale_and_leave_room_for_their_labels(found: list[float], margin: float) -> None:
    scale = RatioScale.over(found, margin)
    assert 1.0 in scale.ticks
    assert all(scale.low < tick < scale.high for tick in scale.ticks)
    assert all(scale.percent(right) - scale.percent(left) >= 10 for left, right in pairwise(scale.ticks))


@given(margins, st.floats(1.001, 30))
def test_twice_as_dear_lies_as_far_from_no_change_as_half_as_dear(margin: float, ratio: float) -> None:
    scale = RatioScale.over([ratio, 1 / ratio], margin)
    assert scale.percent(ratio) + scale.percent(1 / ratio) == pytest.approx(100, abs=0.01)


def judged(**changes: float) -> Comparison:
    samples = [
        one
        for name, ratio in changes.items()
        for one in (*measured(name, ratio, {"pilot": 12, "confirmation": 12}), counted(name, ratio))
    ]
    found = comparison(*changes).model_copy(update={"samples": tuple(samples)})
    return found.model_copy(update={"results": analysis.results(found)})


def test_equivalent_cases_are_folded_only_when_they_are_many() -> None:
    few = forest(judged(slow=1.4, **{f"same{index}": 1.0 for index in range(FOLDED)}))
    assert few is not None
    assert (len(few.open), few.folded) == (1 + FOLDED, ())
    many = forest(judged(slow=1.4, **{f"same{index}": 1.0 for index in range(FOLDED + 1)}))
    assert many is not None
    assert [row.case for row in many.open] == ["slow:one"]
    assert len(many.folded) == FOLDED + 1


def test_nothing_is_drawn_of_nothing() -> None:
    assert forest(comparison("a")) is None
    assert strips(comparison("a")) is None


def test_every_block_is_drawn_in_its_stage() -> None:
    found = strips(judged(slow=1.4, fast=0.5))
    assert found is not None
    slow, fast = found.open
    assert (slow.case, fast.case) == ("slow:one", "fast:one")
    assert [(stage, len(seen)) for stage, seen in slow.ratios] == [("pilot", 12), ("further", 0), ("confirmation", 12)]
    assert all(seen == pytest.approx([1.4] * len(seen), rel=0.05) for _, seen in slow.ratios)
    assert slow.words == "12 pilot, 12 confirmation"


def test_a_mark_is_told_in_words_with_its_interval_and_its_blocks() -> None:
    drawn = forest(judged(slow=1.4))
    assert drawn is not None
    decisive = drawn.open[0].decisive
    assert decisive is not None
    words = in_words(decisive)
    assert words.startswith("slower, CPU +")
    assert words.endswith("%, 24 blocks")
    assert " to +" in words
