"""Numbers as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.stats.intervals import Estimate
from bench.text import numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [(4.812, "4.81"), (41.25, "41.2"), (999.94, "999.9"), (5141.6, "5,142"), (-60.44, "−60.4"), (0.0, "0.00")],  # noqa: RUF001
)
def test_a_number_has_about_three_digits(value: float, text: str) -> None:
    assert numbers.number(value) == text


def test_a_zero_has_no_minus_sign() -> None:
    assert numbers.signed(-0.001) == "+0.00"


@pytest.mark.parametrize(
    ("half", "text", "within"),
    [(0.34, "37.4", "± 0.3"), (0.15, "37.42", "± 0.15"), (4.0, "37", "± 4"), (0.0004, "37.42", "± 0.00")],
)
def test_a_mean_has_the_digits_that_its_interval_deserves(half: float, text: str, within: str) -> None:
    estimate = Estimate(37.42, 37.42 - half, 37.42 + half, 5)
    assert (numbers.mean(estimate), numbers.within(estimate)) == (text, within)


def test_one_launch_has_no_interval_and_says_so() -> None:
    estimate = Estimate(37.42, None, None, 1)
    assert (numbers.mean(estimate), numbers.within(estimate)) == ("37.4", "one launch")
    assert "no interval" in numbers.interval(estimate)


@pytest.mark.parametrize(("value", "text"), [(812, "812 B"), (9700, "9.7 kB"), (7.9e6, "7.9 MB"), (3.2e9, "3.2 GB")])
def test_sizes_are_in_powers_of_ten(value: float, text: str) -> None:
    assert numbers.size(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.021, "2.1%"), (0.0001, "< 0.1%"), (0, "0.0%"), (-0.004, "−0.4%")])  # noqa: RUF001
def test_a_small_share_is_not_shown_as_nothing(value: float, text: str) -> None:
    assert numbers.share(value) == text


@settings(deadline=None)
@given(st.floats(min_value=-1e9, max_value=1e9))
def test_a_difference_always_shows_its_sign(value: float) -> None:
    assert numbers.signed(value)[0] in {"+", numbers.MINUS}


def test_a_figure_is_said_with_its_unit_and_what_its_launches_allow() -> None:
    estimate, once = Estimate(37.42, 37.08, 37.76, 10), Estimate(37.42, None, None, 1)
    assert numbers.measured(estimate, "µs") == "37.4 ± 0.3 µs"
    assert numbers.gained(estimate, "µs") == "+37.4 ± 0.3 µs"
    assert numbers.times(Estimate(2.041, 2.01, 2.07, 10)) == "2.04 (2.01 to 2.07) times"
    assert (numbers.measured(once, "µs"), numbers.times(once)) == ("37.4 µs", "37.42 times")


@pytest.mark.parametrize(
    ("parts", "text"), [([], ""), (["one"], "one"), (["one", "two"], "one and two"), (list("abc"), "a, b and c")]
)
def test_a_list_ends_in_and(parts: list[str], text: str) -> None:
    assert numbers.listed(parts) == text


@pytest.mark.parametrize(("most", "text"), [(1, "a and 2 more"), (2, "a, b and 1 more"), (3, "a, b and c")])
def test_a_list_of_too_many_says_how_many_more_there_are(most: int, text: str) -> None:
    assert numbers.listed(list("abc"), most) == text


def test_one_of_something_is_no_plural() -> None:
    assert [numbers.counted(number, "more route") for number in (1, 2, 1200)] == [
        "1 more route",
        "2 more routes",
        "1,200 more routes",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.6, "1 min 0 s"), (3599.0, "59 min 59 s"), (7500.0, "2 h 5 min")]
)
def test_a_time_is_in_the_units_that_people_wait_in(seconds: float, text: str) -> None:
    assert numbers.duration(seconds) == text
