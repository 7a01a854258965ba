"""What a series is of, and which releases of a package it takes."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from sweeps import RELEASES, sweep

from bench.model.series import LeftOut, Sweep, every_nth


@given(st.lists(st.integers(), min_size=1, unique=True), st.integers(min_value=1, max_value=60))
def test_each_nth_release_is_taken_with_the_first_and_the_last(numbers: list[int], every: int) -> None:
    releases = [str(number) for number in numbers]
    kept = every_nth(releases, every)
    places = [releases.index(release) for release in kept]
    assert (kept[0], kept[-1]) == (releases[0], releases[-1])
    assert all(later - earlier <= every for earlier, later in pairwise(places))
    assert all(later - earlier == every for earlier, later in pairwise(places[:-1]))


def test_every_release_is_taken_of_each_first() -> None:
    assert every_nth(RELEASES, 1) == RELEASES


def test_a_sweep_counts_what_is_compared_or_left_out_without_its_anchor() -> None:
    found = sweep("a").model_copy(
        update={"comparisons": {"0.115.0": "x"}, "left_out": (LeftOut(release="0.116.0", reason="no"),)}
    )
    assert found.anchored == "0.120.4"
    assert found.progress == (2, 5)


def test_a_sweep_survives_being_json() -> None:
    found = sweep("a", "b")
    assert Sweep.model_validate_json(found.model_dump_json()) == found
