"""An interval holds what it promises; a difference is taken only of windows that pair up."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.stats.intervals import CONFIDENCE, Estimate, difference, estimate, quotient, total
from bench.stats.windows import launch_cost, launch_difference, speed, undisturbed_mask, undisturbed_us

COSTS = st.floats(0.01, 1e5)
LAUNCHES = st.lists(COSTS, min_size=2, max_size=30)
PAIRS = st.lists(st.tuples(COSTS, COSTS), min_size=1, max_size=30)


def close(found: float | None, wanted: float, beside: float) -> bool:
    """Equal but for rounding, which is as large as the largest number that took part (`beside`) makes it."""
    return found is not None and math.isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-9 * beside)


@pytest.mark.parametrize("launches", [2, 5, 12])
def test_the_interval_covers_the_truth_as_often_as_it_says(launches: int) -> None:
    trials, truth = 4000, 25.0
    drawn = np.random.default_rng(2026).normal(truth, 1.5, size=(trials, launches))
    found = [estimate(list(values)) for values in drawn]
    covered = sum(one.low <= truth <= one.high for one in found if one.low is not None and one.high is not None)
    # Three standard errors of a proportion over that many trials.
    assert abs(covered / trials - CONFIDENCE) < 3 * math.sqrt(CONFIDENCE * (1 - CONFIDENCE) / trials)


def test_another_confidence_is_kept_too() -> None:
    trials, truth = 4000, 1.0
    drawn = np.random.default_rng(7).normal(truth, 0.1, size=(trials, 6))
    found = [estimate(list(values), confidence=0.8) for values in drawn]
    covered = sum(one.low <= truth <= one.high for one in found if one.low is not None and one.high is not None)
    assert abs(covered / trials - 0.8) < 3 * math.sqrt(0.8 * 0.2 / trials)


def test_the_interval_is_the_one_of_the_textbook() -> None:
    # Student's own table has t = 2.776 at four degrees of freedom; mean 10, s = sqrt(2.5).
    found = estimate([8, 9, 10, 11, 12])
    assert (found.mean, found.n) == (10, 5)
    assert found.half_width == pytest.approx(2.776 * math.sqrt(2.5 / 5), rel=1e-3)
    assert (found.low, found.high) == pytest.approx((10 - 1.963, 10 + 1.963), abs=1e-3)


def test_one_launch_has_a_mean_but_no_interval() -> None:
    found = estimate([3.5])
    assert (found.mean, found.low, found.high, found.half_width, found.n) == (3.5, None, None, None, 1)


def test_launches_that_agree_have_an_interval_of_no_width() -> None:
    assert estimate([2.0] * 6).half_width == 0


@pytest.mark.parametrize("values", [[], [math.nan], [1.0, math.nan, 2.0], [1.0, math.inf], [-math.inf]])
def test_what_is_missing_or_not_finite_is_refused_rather_than_averaged(values: list[float]) -> None:
    with pytest.raises(ValueError, match="finite"):
        estimate(values)


@given(values=LAUNCHES, shift=st.floats(-1e5, 1e5))
def test_a_shift_moves_the_interval_and_does_not_stretch_it(values: list[float], shift: float) -> None:
    found, moved = estimate(values), estimate([value + shift for value in values])
    beside = max(map(abs, values)) + abs(shift)
    assert found.half_width is not None
    assert close(moved.mean, found.mean + shift, beside)
    assert close(moved.half_width, found.half_width, beside)


@given(values=LAUNCHES, factor=st.floats(1e-3, 1e3))
def test_another_unit_scales_the_mean_and_the_interval_alike(values: list[float], factor: float) -> None:
    found, scaled = estimate(values), estimate([value * factor for value in values])
    beside = max(values) * factor
    assert found.half_width is not None
    assert close(scaled.mean, found.mean * factor, beside)
    assert close(scaled.half_width, found.half_width * factor, beside)


@given(values=LAUNCHES, data=st.data())
def test_the_order_of_the_launches_does_not_matter(values: list[float], data: st.DataObject) -> None:
    found, again = estimate(values), estimate(data.draw(st.permutations(values)))
    assert close(again.mean, found.mean, max(values))
    assert close(again.half_width, found.half_width or 0.0, max(values))


@given(values=LAUNCHES)
def test_the_mean_lies_in_its_interval_and_more_confidence_makes_it_wider(values: list[float]) -> None:
    found, surer = estimate(values), estimate(values, confidence=0.99)
    assert found.low is not None
    assert found.high is not None
    assert surer.half_width is not None
    assert found.low <= found.mean <= found.high
    assert surer.half_width >= (found.half_width or 0.0)


@given(windows=st.lists(COSTS, min_size=3, max_size=30), stolen=st.floats(0, 1e6))
def test_one_preempted_window_cannot_move_a_launch_beyond_the_others(windows: list[float], stolen: float) -> None:
    disturbed = [windows[0] + stolen, *windows[1:]]
    assert min(windows) <= launch_cost(disturbed) <= max(windows)


def test_the_cost_of_a_launch_is_its_middle_window() -> None:
    assert launch_cost([9.0, 1.0, 2.0]) == 2.0
    assert launch_cost([4.0, 1.0, 2.0, 900.0]) == 3.0


def test_a_difference_is_taken_window_by_window_before_their_middle() -> None:
    # Both drift upwards together: the windows differ by 2 throughout, their medians by something else.
    assert launch_difference([3.0, 12.0, 102.0], [1.0, 10.0, 100.0]) == 2.0
    assert launch_difference([5.0, 0.0, 7.0], [1.0, 1.0, 1.0]) == 4.0


@given(pairs=PAIRS)
def test_swapping_child_and_parent_swaps_the_sign(pairs: list[tuple[float, float]]) -> None:
    child, parent = [one for one, _ in pairs], [other for _, other in pairs]
    assert launch_difference(child, parent) == -launch_difference(parent, child)


@given(pairs=PAIRS, drift=st.floats(0, 1e5))
def test_what_slows_both_arms_of_a_pair_cancels(pairs: list[tuple[float, float]], drift: float) -> None:
    child, parent = [one for one, _ in pairs], [other for _, other in pairs]
    slowed = launch_difference([one + drift for one in child], [one + drift for one in parent])
    assert close(slowed, launch_difference(child, parent), max(*child, *parent, drift))


@pytest.mark.parametrize(
    ("child", "parent"), [([1.0, 2.0, 3.0], [1.0]), ([1.0], [1.0, 2.0]), ([1.0, 2.0], [1.0, 2.0, 3.0]), ([1.0], [])]
)
def test_windows_that_do_not_pair_up_are_refused_rather_than_repeated(child: list[float], parent: list[float]) -> None:
    with pytest.raises(ValueError, match=f"pair up, got {len(child)} beside {len(parent)}"):
        launch_difference(child, parent)


def test_no_windows_are_refused() -> None:
    with pytest.raises(ValueError, match="got none"):
        launch_cost([])
    with pytest.raises(ValueError, match="got none"):
        launch_difference([], [])


def test_the_difference_of_two_measurements_is_as_uncertain_as_both_together() -> None:
    served, inside = estimate([100.0, 104.0, 108.0]), estimate([40.0, 43.0, 46.0])
    assert served.half_width is not None
    assert inside.half_width is not None
    found = difference(served, inside)
    assert found.mean == pytest.approx(61.0)
    assert found.half_width == pytest.approx(math.sqrt(served.half_width**2 + inside.half_width**2))
    assert difference(served, estimate([40.0])).half_width is None


def test_the_undisturbed_speed_is_that_of_a_quiet_tenth_and_not_of_one_lucky_moment() -> None:
    rng = np.random.default_rng(2026)
    quiet = rng.normal(200, 1, size=300)
    busy = rng.normal(340, 20, size=700)
    assert undisturbed_us([*quiet, *busy, 20.0]) == pytest.approx(200, rel=0.01)


def test_a_neighbour_that_comes_and_goes_costs_windows_and_not_accuracy() -> None:
    """The truth is 40; a neighbour slows half of the time, by 1.4 to 1.8, and code a little unlike the reference."""
    rng = np.random.default_rng(2026)
    costs, references = [], []
    for _ in range(12):
        slowed = rng.choice([1.0, rng.uniform(1.4, 1.8)], size=50, p=rng.dirichlet([2, 2]))
        costs.append(40 * slowed ** rng.normal(1.0, 0.05) * rng.normal(1, 0.01, size=50))
        references.append(200 * slowed * rng.normal(1, 0.01, size=50))
    undisturbed = undisturbed_us([one for launch in references for one in launch])
    masks = [undisturbed_mask(list(launch), undisturbed) for launch in references]
    kept = [launch_cost(cost[mask]) for cost, mask in zip(costs, masks, strict=True) if mask.sum() >= 3]
    as_read, as_kept = estimate([launch_cost(cost) for cost in costs]), estimate(kept)
    assert as_kept.half_width is not None
    assert as_read.half_width is not None
    assert len(kept) >= 10
    assert as_kept.half_width < as_read.half_width / 10
    assert as_kept.mean == pytest.approx(40, rel=0.01)


def test_half_the_time_at_half_speed_is_three_quarters_of_the_speed() -> None:
    assert speed([200.0, 400.0], 200.0) == pytest.approx(0.75)


@given(st.lists(st.floats(1, 1e4), min_size=2, max_size=8), st.lists(st.floats(1, 1e4), min_size=2, max_size=8))
def test_a_sum_and_a_difference_of_two_estimates_are_equally_unsure(ones: list[float], others: list[float]) -> None:
    one, other = estimate(ones), estimate(others)
    both, apart = total(one, other), difference(one, other)
    assert (both.mean, apart.mean) == (one.mean + other.mean, one.mean - other.mean)
    assert both.half_width == pytest.approx(apart.half_width, abs=1e-9)
    assert both.n == min(one.n, other.n)


def test_a_quotients_relative_half_widths_add_in_quadrature() -> None:
    found = quotient(Estimate(30.0, 27.0, 33.0, 8), Estimate(100.0, 90.0, 110.0, 6))
    assert (found.mean, found.n) == (0.3, 6)
    assert found.half_width == pytest.approx(0.3 * math.hypot(0.1, 0.1))


def test_a_quotient_of_one_launch_has_no_interval_and_one_by_nothing_is_refused() -> None:
    once = Estimate(5.0, None, None, 1)
    assert quotient(once, Estimate(10.0, 9.0, 11.0, 4)) == Estimate(0.5, None, None, 1)
    with pytest.raises(ValueError, match="positive divisor"):
        quotient(once, Estimate(0.0, -1.0, 1.0, 4))
