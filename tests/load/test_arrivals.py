"""Schedules are kept by several clients as by one, and Poisson's have the rate and the spread that they promise."""

from __future__ import annotations

import itertools
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.load.arrivals import offsets_ns
from bench.load.messages import Arrivals


def first(arrivals: Arrivals, count: int, part: int = 0, parts: int = 1) -> list[int]:
    return list(itertools.islice(offsets_ns(arrivals, part, parts), count))


@given(st.floats(0.1, 1e5), st.integers(1, 5))
def test_the_parts_of_an_even_schedule_are_the_whole(rate: float, parts: int) -> None:
    arrivals = Arrivals(rate=rate)
    shares = [offset for part in range(parts) for offset in first(arrivals, 20, part, parts)]
    assert sorted(shares) == first(arrivals, 20 * parts)


@given(st.floats(0.1, 1e5))
def test_an_even_schedule_does_not_drift(rate: float) -> None:
    assert first(Arrivals(rate=rate), 10_001)[-1] == pytest.approx(1e4 / rate * 1e9, abs=1)


def test_poissons_arrivals_have_their_rate_and_their_spread() -> None:
    offsets = first(Arrivals(rate=500.0, spread="poisson", seed=3), 20_000)
    gaps = [later - earlier for earlier, later in itertools.pairwise(offsets)]
    assert statistics.mean(gaps) == pytest.approx(2e6, rel=0.03)
    assert statistics.stdev(gaps) == pytest.approx(2e6, rel=0.05)  # that of an exponential distribution is its mean


def test_poissons_arrivals_repeat_from_their_seed_and_differ_between_clients() -> None:
    arrivals = Arrivals(rate=10.0, spread="poisson", seed=3)
    assert first(arrivals, 50) == first(arrivals, 50)
    assert first(arrivals, 50, 0, 2) != first(arrivals, 50, 1, 2)
    assert first(arrivals, 50) != first(arrivals.model_copy(update={"seed": 4}), 50)
