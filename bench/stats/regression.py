"""A straight line through points: its slope by least squares with an interval, or by the median of all pairs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.stats.intervals import CONFIDENCE, Estimate


def slope(xs: Sequence[float], ys: Sequence[float], confidence: float = CONFIDENCE) -> Estimate | None:
    """Least squares, in units of y per unit of x, with Student's t interval for n - 2 degrees of freedom.

    None for less than three points, or where all x are the same.
    """
    x, y = np.asarray(xs, dtype=float), np.asarray(ys, dtype=float)
    spread = float(((x - x.mean()) ** 2).sum()) if x.size else 0.0
    if x.size < 3 or spread == 0:
        return None
    mean = float(((x - x.mean()) * (y - y.mean())).sum() / spread)
    residual = y - y.mean() - mean * (x - x.mean())
    # Here for the reason that `intervals.estimate` gives.
    from scipy.special import stdtrit  # noqa: PLC0415

    error = float(np.sqrt((residual**2).sum() / (x.size - 2) / spread))
    half = float(stdtrit(x.size - 2, (1 + confidence) / 2)) * error
    return Estimate(mean, mean - half, mean + half, int(x.size))


def median_slope(xs: Sequence[float] | np.ndarray, ys: Sequence[float] | np.ndarray) -> float | None:
    """In units of y per unit of x, the median of the slopes of all pairs of points: a few wild ones can't move it (Sen,
    "Estimates of the regression coefficient based on Kendall's tau", JASA 63, 1968).

    None for less than three points, or where all x are the same.
    """
    x, y = np.asarray(xs, dtype=float), np.asarray(ys, dtype=float)
    one, other = np.triu_indices(x.size, 1)
    apart = x[other] - x[one]
    if x.size < 3 or not apart.any():
        return None
    return float(np.median((y[other] - y[one])[apart != 0] / apart[apart != 0]))
