"""A straight line through points, with the interval of its slope."""

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
