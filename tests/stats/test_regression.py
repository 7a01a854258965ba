"""A straight line through points."""

from __future__ import annotations

import numpy as np
import pytest

from bench.stats.regression import slope


def test_a_straight_line_has_its_slope_without_doubt() -> None:
    found = slope([0, 1, 2, 3], [1, 3, 5, 7])
    assert found is not None
    assert (found.mean, found.low, found.high) == pytest.approx((2, 2, 2))


def test_the_interval_holds_the_true_slope_as_often_as_it_promises() -> None:
    random = np.random.default_rng(3)
    x = np.arange(8)
    held = 0
    for _ in range(400):
        found = slope(x.tolist(), (0.5 * x + random.normal(0, 1, 8)).tolist())
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.5 <= found.high
    assert 0.91 <= held / 400 <= 0.98


def test_too_few_points_or_none_apart_tell_no_slope() -> None:
    assert slope([0, 1], [1, 2]) is None
    assert slope([3, 3, 3], [1, 2, 3]) is None
    assert slope([], []) is None
