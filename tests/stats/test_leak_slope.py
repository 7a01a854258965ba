"""Growth is what every block shows: a leak is found through jumps, a jump is no leak, launches give the interval."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.stats.leak_slope import Level, blocks, growth

LEAST = 64.0


def levels(each: int, jumps: dict[int, int] | None = None, n: int = 9, of: int = 1000) -> list[Level]:
    """So many blocks of `of` requests, each of which leaves `each` bytes behind; `jumps` come with a block."""
    found, held = [(0, 50_000_000)], 50_000_000
    for block in range(1, n):
        held += each * of + (jumps or {}).get(block, 0)
        found.append((block * of, held))
    return found


@given(each=st.integers(0, 10**6), at=st.integers(1, 8), jump=st.integers(-(10**9), 10**9))
def test_one_jump_in_any_block_of_any_size_moves_nothing(each: int, at: int, jump: int) -> None:
    found = growth([levels(each, {at: jump})] * 3, LEAST)
    assert found is not None
    assert found.each.mean == pytest.approx(each)
    assert found.leaks == (each > LEAST)


@given(every=st.integers(20, 500), each=st.integers(16, 1000), phase=st.integers(0, 500))
def test_what_is_given_back_again_and_again_is_no_leak(every: int, each: int, phase: int) -> None:
    taken = [(asked, (asked + phase) % every * each) for asked in range(0, 1300, 100)]
    found = growth([taken] * 3, LEAST)
    assert found is not None
    slowed = every <= 100 and 100 % every < every / 4  # looks that come at nearly the same point of each round see few
    assert slowed or not found.leaks


def test_launches_that_do_not_agree_are_no_leak_and_those_that_do_are() -> None:
    apart = growth([levels(0), levels(2000), levels(10)], LEAST)
    alike = growth([levels(990), levels(1010), levels(1050)], LEAST)
    assert apart is not None
    assert alike is not None
    assert (apart.leaks, alike.leaks) == (False, True)
    assert alike.each.n == 3


def test_one_launch_has_no_interval_and_nothing_has_no_growth() -> None:
    found = growth([levels(5000)], LEAST)
    assert found is not None
    assert not found.leaks
    assert growth([], LEAST) is None
    assert growth([[], [(0, 1)]], LEAST) is None


@given(seed=st.integers(0, 10**6), number=st.integers(1, 12))
def test_levels_taken_all_the_time_become_blocks_of_about_as_many_requests(seed: int, number: int) -> None:
    rng = random.Random(seed)
    taken: list[Level] = [(0, 0)]
    while taken[-1][0] < 20_000:
        taken.append((taken[-1][0] + rng.randrange(50, 200), 0))
    found = blocks(taken, number, 0.25)
    assert len(found) == number + 1
    sizes = [after[0] - before[0] for before, after in pairwise(found)]
    whole = 0.75 * taken[-1][0] / number
    assert all(abs(size - whole) <= 200 for size in sizes)
    assert found[0][0] >= 0.25 * taken[-1][0] - 100
    assert found[-1] == taken[-1]


@pytest.mark.parametrize("taken", [[], [(0, 1)], [(0, 1), (1000, 2)], [(0, 1), (0, 2), (0, 3), (0, 4)]])
def test_too_few_levels_are_no_blocks(taken: list[Level]) -> None:
    assert blocks(taken, 3, 0.25) == []
