"""Did it change? Stein's two stages, the rule of the verdict, and Holm's correction. Pure functions.

What goes in is one log ratio a block, ln(head/base): the block is the replicate, never a window.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.model import Verdict

CONFIDENCE = 0.99
"""Of the interval behind a verdict."""
PILOT = 12
"""Blocks of the first stage, which alone say how much blocks differ."""
FEWEST = 5
"""A pilot of fewer blocks than this says nothing."""
FAMILY_ERROR = 0.01
"""How often a comparison of any number of cases that didn't change may call one of them changed."""


@dataclass(frozen=True)
class Change:
    """How a cost changed: the mean log ratio of `blocks` blocks and its interval, by Stein's two stages.

    `df` are the degrees of freedom of the pilot, which alone gave the standard deviation.
    """

    log_mean: float
    log_half: float
    standard_error: float
    df: int
    blocks: int

    @property
    def ratio(self) -> float:
        return math.exp(self.log_mean)

    @property
    def low(self) -> float:
        return math.exp(self.log_mean - self.log_half)

    @property
    def high(self) -> float:
        return math.exp(self.log_mean + self.log_half)


def change(pilot: Sequence[float], further: Sequence[float] = ()) -> Change:
    """The mean of all blocks; its interval rests on the pilot's standard deviation, however many blocks followed.

    mean ± t(1 - (1 - confidence)/2, n₀ - 1) · s₀/√n (Stein, "A two-sample test for a linear hypothesis whose power is
    independent of the variance", Annals of Mathematical Statistics 16, 1945): looking at s₀ to choose n costs nothing.
    Raises ValueError for a pilot of fewer than two blocks, or for a value that isn't finite.
    """
    first, every = np.asarray(pilot, dtype=float), np.asarray([*pilot, *further], dtype=float)
    if first.size < 2 or not np.isfinite(every).all():
        raise ValueError(f"a change needs two finite blocks at least, got {[*pilot, *further]!r}")
    error = float(first.std(ddof=1) / math.sqrt(every.size))
    df = int(first.size) - 1
    return Change(float(every.mean()), _t(df) * error, error, df, int(every.size))


def blocks_needed(pilot: Sequence[float], margin: float) -> int:
    """Stein's second stage: how many blocks, the pilot's among them, make the interval half as wide as the margin.

    n = ⌈(t · s₀ / w)²⌉ with w = ln(1 + margin)/2, and never fewer than the pilot has.
    """
    width = math.log1p(margin) / 2
    spread = float(np.std(np.asarray(pilot, dtype=float), ddof=1))
    return max(len(pilot), math.ceil((_t(len(pilot) - 1) * spread / width) ** 2))


def verdict(found: Change, margin: float) -> Verdict:
    """By where the whole interval lies: beyond the margin, within it, or neither."""
    limit = math.log1p(margin)
    low, high = found.log_mean - found.log_half, found.log_mean + found.log_half
    if low > limit:
        return Verdict.SLOWER
    if high < -limit:
        return Verdict.FASTER
    return Verdict.EQUIVALENT if -limit <= low and high <= limit else Verdict.INCONCLUSIVE


def improbability(found: Change, margin: float) -> float:
    """How often blocks would lie so far beyond the margin by chance, on either side, if the truth lay at its edge."""
    beyond = abs(found.log_mean) - math.log1p(margin)
    if beyond <= 0:
        return 1.0
    if found.standard_error == 0:
        return 0.0
    from scipy.special import stdtr  # noqa: PLC0415  slow to import, and needed by comparisons alone

    return float(stdtr(found.df, -beyond / found.standard_error))


def holm(improbabilities: Sequence[float], error: float = FAMILY_ERROR) -> list[bool]:
    """Which of many findings stand when all are to be right together but for `error`.

    The i-th smallest must be at most error/(m - i), and so must all before it (Holm, "A simple sequentially rejective
    multiple test procedure", Scandinavian Journal of Statistics 6, 1979).
    """
    stands = [False] * len(improbabilities)
    for rank, index in enumerate(sorted(range(len(improbabilities)), key=improbabilities.__getitem__)):
        if improbabilities[index] > error / (len(improbabilities) - rank):
            break
        stands[index] = True
    return stands


def _t(df: int) -> float:
    from scipy.special import stdtrit  # noqa: PLC0415  slow to import, and needed by comparisons alone

    return float(stdtrit(df, (1 + CONFIDENCE) / 2))
