"""Means and their confidence intervals: Student's t, quotients, ratios, differences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A mean over `n` launches with its interval, in the unit of what went in. `low`/`high` are None for n = 1."""

    mean: float
    low: float | None
    high: float | None
    n: int

    @property
    def half_width(self) -> float | None:
        return None if self.high is None else self.high - self.mean


def estimate(values: Sequence[float], confidence: float = CONFIDENCE) -> Estimate:
    """Mean and Student t interval over independent launches.

    mean ± t(1 - (1 - confidence)/2, n - 1) · s/√n (Student, "The probable error of a mean", Biometrika 6, 1908).
    A percentile bootstrap would be too narrow at the 5 to 20 launches that a run has.
    Raises ValueError for no values or one that isn't finite.
    """
    sample = np.asarray(values, dtype=float)
    if sample.size == 0 or not np.isfinite(sample).all():
        raise ValueError(f"an estimate needs finite values, got {list(values)!r}")
    mean = float(sample.mean())
    if sample.size == 1:
        return Estimate(mean, None, None, 1)
    # Here, for it takes a third of a second to import, which no other command needs to wait for (scipy.stats: longer).
    from scipy.special import stdtrit  # noqa: PLC0415

    half = float(stdtrit(sample.size - 1, (1 + confidence) / 2) * sample.std(ddof=1) / np.sqrt(sample.size))
    return Estimate(mean, mean - half, mean + half, int(sample.size))


def difference(one: Estimate, other: Estimate) -> Estimate:
    """`one` less `other`, of measurements that know nothing of each other: their half-widths add in quadrature."""
    return _independent(one.mean - other.mean, one, other)


def total(one: Estimate, other: Estimate) -> Estimate:
    """Both together, of measurements that know nothing of each other."""
    return _independent(one.mean + other.mean, one, other)


def quotient(one: Estimate, other: Estimate) -> Estimate:
    """`one` as a share of `other`, of measurements that know nothing of each other: by the first-order rule, their
    relative half-widths add in quadrature. Raises ValueError for a divisor that isn't positive.
    """
    if other.mean <= 0:
        raise ValueError("a quotient needs a positive divisor")
    mean, n = one.mean / other.mean, min(one.n, other.n)
    if one.half_width is None or other.half_width is None:
        return Estimate(mean, None, None, n)
    half = math.hypot(one.half_width, mean * other.half_width) / other.mean
    return Estimate(mean, mean - half, mean + half, n)


def _independent(mean: float, one: Estimate, other: Estimate) -> Estimate:
    n = min(one.n, other.n)
    if one.half_width is None or other.half_width is None:
        return Estimate(mean, None, None, n)
    half = math.hypot(one.half_width, other.half_width)
    return Estimate(mean, mean - half, mean + half, n)


def ratio(ones: Mapping[int, float], others: Mapping[int, float]) -> Estimate | None:
    """How many times the others' costs the ones' are, over the launches that measured both; None when none did.

    exp of the mean of ln(one/other) and of its t interval: a launch that ran slower throughout cancels out.
    Raises ValueError for a cost that isn't positive.
    """
    shared = sorted(ones.keys() & others.keys())
    if not shared:
        return None
    if min(min(ones[key], others[key]) for key in shared) <= 0:
        raise ValueError("a ratio needs positive costs")
    logs = estimate([math.log(ones[key] / others[key]) for key in shared])
    low, high = (None if end is None else math.exp(end) for end in (logs.low, logs.high))
    return Estimate(math.exp(logs.mean), low, high, logs.n)


def share_at_most(hits: int, of: int, confidence: float = CONFIDENCE) -> float:
    """The upper confidence limit of a share that was seen `hits` times in `of`, which is never 0 of so few.

    By Clopper and Pearson ("The use of confidence or fiducial limits illustrated in the case of the binomial",
    Biometrika 26, 1934). Raises ValueError for more hits than there were tries, or none of these.
    """
    if not 0 <= hits <= of or not of:
        raise ValueError(f"a share needs tries, and no more hits than these; got {hits} of {of}")
    from scipy.special import betaincinv  # noqa: PLC0415  slow to import, and needed by self-tests alone

    return 1.0 if hits == of else float(betaincinv(hits + 1, of - hits, confidence))
