"""Stein's two-stage intervals of a log ratio, and the verdict of equivalence."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from bench.model.comparison import Verdict

CONFIDENCE = 0.99
"""Of the interval behind a verdict."""
PILOT = 12
"""Blocks of the first stage, which alone say how much blocks differ, where they are enough."""
LARGE_PILOT = 20
"""Blocks of the first stage where they are not: of twelve, a few slow launches make far too much (docs/pairing.md)."""
TRIMMED = 0.1
"""How many blocks are cut off at either end: some cases are slower throughout in one launch of ten or twenty."""
FEWEST = 5
"""A pilot of fewer blocks than this says nothing."""
CONFIRMATION_ERROR = 0.05
"""How often fresh blocks may confirm what isn't so. The finding itself already stands among all cases."""
CONFIRMATION_POWER = 0.99
"""How often fresh blocks are to confirm what is so."""
CONFIRMING = 2 / 3
"""How many fresh blocks confirm a finding, for each that made it: so many miss one in a hundred true ones (a half would
miss three; docs/pairing.md)."""


@dataclass(frozen=True)
class Change:
    """How a cost changed: the trimmed mean log ratio of `blocks` blocks and its interval, by Stein's two stages.

    `df` are the degrees of freedom of the first stage, which alone gave the standard error. Of two runs that were
    measured apart, `blocks` are the launches of the smaller one, and `df` those of Welch's interval.
    """

    log_mean: float
    log_half: float
    standard_error: float
    df: float
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


UNCHANGED = Change(log_mean=0.0, log_half=0.0, standard_error=0.0, df=math.inf, blocks=0)
"""What anything is to itself, exactly."""


def change(pilot: Sequence[float], further: Sequence[float] = ()) -> Change:
    """The trimmed mean of all blocks; its interval rests on the first stage's spread, however many blocks followed.

    mean ± t(1 - (1 - confidence)/2, df) · s₀/√n (Stein, "A two-sample test for a linear hypothesis whose power is
    independent of the variance", Annals of Mathematical Statistics 16, 1945): looking at s₀ to choose n costs nothing.
    s₀ and df are those of a trimmed mean (`_spread`). Raises ValueError for a pilot of fewer than two blocks, or for a
    value that isn't finite.
    """
    every = np.asarray([*pilot, *further], dtype=float)
    if len(pilot) < 2 or not np.isfinite(every).all():
        raise ValueError(f"a change needs two finite blocks at least, got {[*pilot, *further]!r}")
    spread, df = _spread(_first_stage(pilot, further))
    error, cut = spread / math.sqrt(every.size), int(TRIMMED * every.size)
    mean = float(np.sort(every)[cut : every.size - cut].mean())
    return Change(mean, student_t(df) * error, error, df, int(every.size))


def change_apart(base: Sequence[float], head: Sequence[float]) -> Change:
    """The difference of the means of log costs, a launch each, of runs that share no block.

    Interval and degrees of freedom by Welch ("The generalization of Student's problem when several different population
    variances are involved", Biometrika 34, 1947). It knows nothing of what differs between two sessions of one host.
    Raises ValueError for fewer than two launches of either, or for a value that isn't finite.
    """
    arms = np.asarray(base, dtype=float), np.asarray(head, dtype=float)
    if min(arm.size for arm in arms) < 2 or not all(np.isfinite(arm).all() for arm in arms):
        raise ValueError(f"a change needs two finite launches of each at least, got {base!r} and {head!r}")
    squares = [float(arm.var(ddof=1) / arm.size) for arm in arms]
    error = math.sqrt(sum(squares))
    divisor = sum(square**2 / (arm.size - 1) for square, arm in zip(squares, arms, strict=True))
    df = error**4 / divisor if divisor else float(arms[0].size + arms[1].size - 2)
    mean = float(arms[1].mean() - arms[0].mean())
    return Change(mean, student_t(df) * error, error, df, min(arm.size for arm in arms))


def known(log_mean: float, standard_error: float, df: float, blocks: int) -> Change:
    """A change that was found before, with its interval."""
    return Change(log_mean, student_t(df) * standard_error, standard_error, df, blocks)


def reverse(found: Change) -> Change:
    """The same change seen from the head."""
    return replace(found, log_mean=-found.log_mean)


def step(before: Change, after: Change) -> Change:
    """From one change to another, both against the same base, of comparisons that share no block.

    Interval and degrees of freedom by Welch and Satterthwaite ("An approximate distribution of estimates of variance
    components", Biometrics Bulletin 2, 1946).
    """
    squares = [one.standard_error**2 for one in (before, after)]
    error = math.sqrt(sum(squares))
    divisor = sum(square**2 / one.df for square, one in zip(squares, (before, after), strict=True))
    df = error**4 / divisor if divisor else min(before.df, after.df)
    half = student_t(df) * error if error else 0.0
    blocks = min(before.blocks or after.blocks, after.blocks or before.blocks)  # none of what is exact
    return Change(after.log_mean - before.log_mean, half, error, df, blocks)


def product(changes: Iterable[Change]) -> Change:
    """What changes that follow one another come to, of comparisons that share no block; of none, no change."""
    return reduce(lambda whole, one: step(reverse(whole), one), changes, UNCHANGED)


def blocks_needed(pilot: Sequence[float], further: Sequence[float], margin: float) -> int:
    """Stein's second stage: how many blocks, those of the first among them, make the interval half as wide as the
    margin; `further` are those that followed the pilot until now.

    n = ⌈(t · s₀ / w)²⌉ with w = ln(1 + margin)/2, and never fewer than the first stage has. A pilot that isn't enough
    grows to `LARGE_PILOT`, which then says how many are.
    """
    first = _first_stage(pilot, further)
    spread, df = _spread(first)
    needed = math.ceil((student_t(df) * spread / (math.log1p(margin) / 2)) ** 2)
    if needed <= len(first):
        return len(first)
    return needed if len(first) >= LARGE_PILOT else LARGE_PILOT


def verdict(found: Change, margin: float) -> Verdict:
    """By where the whole interval lies: beyond the margin, within it, or neither."""
    limit = math.log1p(margin)
    low, high = found.log_mean - found.log_half, found.log_mean + found.log_half
    if low > limit:
        return Verdict.SLOWER
    if high < -limit:
        return Verdict.FASTER
    return Verdict.EQUIVALENT if -limit <= low and high <= limit else Verdict.INCONCLUSIVE


def p_value(found: Change, margin: float) -> float:
    """How often blocks would lie so far beyond the margin by chance, on either side, if the truth lay at its edge."""
    beyond = abs(found.log_mean) - math.log1p(margin)
    if beyond <= 0:
        return 1.0
    if found.standard_error == 0:
        return 0.0
    from scipy.special import stdtr  # noqa: PLC0415  slow to import, and needed by comparisons alone

    return float(stdtr(found.df, -beyond / found.standard_error))


def blocks_to_confirm(found: Change, margin: float) -> int:
    """How many fresh blocks are to confirm a finding: `CONFIRMING` of those that made it, and where it lies close to
    the margin as many as show it there with `CONFIRMATION_POWER`, but never more than twice those that made it.

    n = ((t(1 - error, df) + t(power, df)) · s / (|mean| - ln(1 + margin)))², as for a one-sided test of a mean.
    """
    from scipy.special import stdtrit  # noqa: PLC0415  slow to import, and needed by comparisons alone

    beyond = abs(found.log_mean) - math.log1p(margin)
    errors = float(stdtrit(found.df, 1 - CONFIRMATION_ERROR) + stdtrit(found.df, CONFIRMATION_POWER))
    powered = (errors * found.standard_error / beyond) ** 2 if beyond > 0 else math.inf
    return max(fewest_to_confirm(found.blocks), math.ceil(found.blocks * min(2.0, powered)))


def fewest_to_confirm(blocks: int) -> int:
    """How many fresh blocks are to confirm a finding of so many at the least, however far from the margin it lies."""
    return max(2 * FEWEST, math.ceil(CONFIRMING * blocks))


def confirms(again: Change, said: Verdict, margin: float) -> bool:
    """Whether fresh blocks show the change that was `said`: beyond the margin, on the same side, and hardly by chance.

    They answer one question that was put before they were measured, so one side of the margin is enough, and they need
    not be as sure as the finding was: both must be wrong for a false alarm.
    """
    same_side = (again.log_mean > 0) is (said is Verdict.SLOWER)
    return same_side and p_value(again, margin) <= CONFIRMATION_ERROR


def _first_stage(pilot: Sequence[float], further: Sequence[float]) -> Sequence[float]:
    """The blocks that say how much blocks differ: the pilot, or as soon as there are enough, a larger one."""
    every = [*pilot, *further]
    return every[: max(LARGE_PILOT, len(pilot))] if len(every) >= LARGE_PILOT else pilot


def _spread(first_stage: Sequence[float]) -> tuple[float, int]:
    """What one block adds to the standard error of a trimmed mean, and its degrees of freedom: the winsorised standard
    deviation over the share that is kept (Tukey and McLaughlin, "Less vulnerable confidence and significance procedures
    for location based on a single sample", Sankhyā A 25, 1963)."""
    first = np.sort(np.asarray(first_stage, dtype=float))
    cut = int(TRIMMED * first.size)
    kept = first.size - 2 * cut
    winsorised = np.clip(first, first[cut], first[first.size - cut - 1])
    return float(winsorised.std(ddof=1)) * first.size / kept, kept - 1


def student_t(df: float) -> float:
    """How many standard errors make half an interval of `CONFIDENCE`."""
    from scipy.special import stdtrit  # noqa: PLC0415  slow to import, and needed by comparisons alone

    return float(stdtrit(df, (1 + CONFIDENCE) / 2))
