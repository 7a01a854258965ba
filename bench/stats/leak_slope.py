"""Does memory grow with the requests? By launches, each cut into blocks of requests. Pure functions.

A launch's figure is the median of its blocks: a leak is in every block, while a cache that fills up once, or an arena
that the allocator takes, is one block's growth and moves no median. What is given back again and again, such as a list
that is cleared when it is long, falls in some blocks: then nothing is left behind. The interval is over launches, the
replicates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bench.stats.intervals import Estimate, estimate

_FALLS = 0.1
Level = tuple[int, int]
"""How many requests had been answered, and how many bytes were held then."""


@dataclass(frozen=True)
class Growth:
    """Bytes that a request leaves behind; below `least` of them it is no leak."""

    each: Estimate
    least: float

    @property
    def leaks(self) -> bool:
        """Whether the whole interval lies above what could be something else."""
        return self.each.low is not None and self.each.low > self.least


def growth(launches: Sequence[Sequence[Level]], least: float) -> Growth | None:
    """Of the levels between the blocks of each launch; None without a block."""
    found = [slope for levels in launches if (slope := _typical(levels)) is not None]
    return Growth(estimate(found), least) if found else None


def blocks(levels: Sequence[Level], number: int, left_out: float) -> list[Level]:
    """Levels that were taken all the time, as those between `number` blocks of about as many requests each, without the
    first share of all requests, `left_out`: what is met for the first time is loaded then.

    Empty where there are too few levels to tell the blocks apart.
    """
    last = levels[-1][0] if levels else 0
    edges = np.linspace(left_out * last, last, number + 1)
    nearest = sorted({min(range(len(levels)), key=lambda at: abs(levels[at][0] - edge)) for edge in edges if levels})
    found = [levels[at] for at in nearest]
    whole = len(found) == number + 1 and all(before[0] < after[0] for before, after in pairwise(found))
    return found if whole else []


def _typical(levels: Sequence[Level]) -> float | None:
    """At most 0 where memory falls in more than one block, and in more than a tenth of them."""
    slopes = [(after[1] - before[1]) / (after[0] - before[0]) for before, after in pairwise(levels)]
    if not slopes:
        return None
    middle = float(np.median(slopes))
    falls = sum(slope < 0 for slope in slopes)
    return min(middle, 0.0) if falls > max(1, len(slopes) * _FALLS) else middle
