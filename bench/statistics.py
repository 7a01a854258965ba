"""Intervals from replicates. Pure functions over numpy and scipy; the replicate is a launch, never a window."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

CONFIDENCE = 0.95
WINDOW_US_LEAST = 500.0
"""A window must be long against the clocks' own cost, which is well under a microsecond."""
_QUIET_LEAST, _QUIET_SHARE = 3, 0.25
SLOWED = 1.1
"""A core whose reference work takes this many times its undisturbed time is slowed by somebody else."""


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


def undisturbed_us(references_us: Sequence[float]) -> float:
    """What the reference work takes when nobody slows the core: the 10th percentile of all that a run has seen.

    Not the minimum, which is one lucky moment, nor the median, which a busy neighbour owns.
    """
    return float(np.percentile(np.asarray(references_us, dtype=float), 10))


def quiet(references_us: Sequence[float], undisturbed: float) -> np.ndarray:
    """Which windows ran on an undisturbed core: their reference took at most a tenth longer than `undisturbed`.

    Chosen by the reference alone, never by the cost itself, which would favour the cheap ones.
    """
    return np.asarray(references_us, dtype=float) <= SLOWED * undisturbed


def enough_quiet(mask: np.ndarray) -> bool:
    """Whether a launch counts: a quarter of its windows were quiet, and three at least. Between few of them the
    neighbour is never far."""
    return bool(mask.sum() >= max(_QUIET_LEAST, _QUIET_SHARE * mask.size))


def speed(references_us: Sequence[float], undisturbed: float) -> float:
    """The core's mean speed over a stretch that the references cover evenly, as a share of its undisturbed speed."""
    return float(np.mean(undisturbed / np.asarray(references_us, dtype=float)))


def launch_cost(windows: Sequence[float]) -> float:
    """One launch's figure from its windows: their median, which a preempted window can't move.

    Raises ValueError for no windows.
    """
    if not len(windows):
        raise ValueError("a launch's cost needs windows, got none")
    return float(np.median(np.asarray(windows, dtype=float)))


def launch_difference(child: Sequence[float], parent: Sequence[float]) -> float:
    """One launch's marginal cost: the median of the differences of windows that ran side by side.

    Raises ValueError when the two do not pair up, or for no windows.
    """
    if len(child) != len(parent):
        raise ValueError(f"windows must pair up, got {len(child)} beside {len(parent)}")
    return launch_cost([own - beside for own, beside in zip(child, parent, strict=True)])
