"""Numbers as a line of characters."""

from __future__ import annotations

from bench.text.sparkline import sparkline


def test_the_lowest_and_the_highest_reach_the_edges() -> None:
    assert sparkline([0.0, 1.0, 2.0], 0.5, 1.5) == "▁▅█"


def test_what_does_not_matter_looks_flat() -> None:
    assert set(sparkline([0.01, -0.01, 0.0], -1.0, 1.0)) <= set("▄▅")


def test_what_is_missing_is_a_gap() -> None:
    assert sparkline([0.0, None, 1.0], 0.0, 1.0) == "▁ █"


def test_nothing_is_an_empty_line_and_equal_values_are_no_error() -> None:
    assert sparkline([], 0.0, 0.0) == ""
    assert sparkline([1.0, 1.0], 1.0, 1.0) == "▁▁"
