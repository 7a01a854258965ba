"""Between numbers of rows: where limits are kept, and where one cost overtakes another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.stats.interpolation import crossings, range_between
from bench.stats.intervals import Estimate


def exactly(value: float) -> Estimate:
    return Estimate(value, value, value, 8)


def test_a_range_ends_where_the_straight_lines_over_logarithms_meet_the_limits() -> None:
    found = range_between({1: exactly(1.0), 100: exactly(10.0), 10_000: exactly(100.0)}, 2.0, 3.0)
    assert found == pytest.approx((4.0, 9.0))


def test_an_interval_narrows_the_range_from_both_ends() -> None:
    wide = {rows: Estimate(rows**0.5, rows**0.5 / 1.1, rows**0.5 * 1.1, 8) for rows in (1, 100)}
    assert range_between(wide, 2.0, 3.0) == pytest.approx((4 * 1.21, 9 / 1.21))


def test_a_range_may_span_what_was_measured_in_between() -> None:
    assert range_between({1: exactly(2.5), 10: exactly(2.6), 100: exactly(2.4)}, 2.0, 3.0) == (1, 100)


@pytest.mark.parametrize(
    "times",
    [
        {},
        {10: exactly(2.5)},
        {1: exactly(4.0), 10: exactly(5.0)},
        {1: Estimate(2.5, None, None, 1)} | {9: exactly(2.5)},
    ],
)
def test_no_range_is_found_where_nothing_shows_it(times: dict[int, Estimate]) -> None:
    assert range_between(times, 2.0, 3.0) is None


def test_a_crossing_lies_where_the_two_costs_are_equal() -> None:
    ones = {rows: 40 + 0.0 * rows for rows in (1, 100)}
    others = {rows: 4.0 * rows for rows in (1, 100)}
    assert list(crossings(ones, others)) == [(1, 100, pytest.approx(10.0))]


@given(st.dictionaries(st.integers(1, 10_000), st.tuples(*[st.floats(0.1, 1e6)] * 2), max_size=6))
def test_a_crossing_lies_between_its_neighbours_and_is_the_same_from_both_sides(
    costs: dict[int, tuple[float, float]],
) -> None:
    ones, others = ({rows: pair[side] for rows, pair in costs.items()} for side in (0, 1))
    found = list(crossings(ones, others))
    assert all(low <= at <= high for low, high, at in found)
    assert [(low, high, pytest.approx(at)) for low, high, at in found] == list(crossings(others, ones))


def test_nothing_crosses_where_only_one_of_the_two_was_measured_in_between() -> None:
    ones, others = {1: 49.0, 10: 58.0, 100: 128.0}, {1: 55.0, 100: 107.0}
    assert list(crossings(ones, others)) == []
    assert [(low, high) for low, high, _ in crossings(ones, others | {10: 60.0})] == [(10, 100)]
