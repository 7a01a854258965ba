"""A linear scale from zero, shared by every set of bars: where a value lies, and its round ticks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

OUTLIER = 5.0
"""A bar this many times longer than the next is cut off, and marked so: else it would flatten all the others."""
HEADROOM = 1.04


@dataclass(frozen=True)
class Scale:
    """From 0 to `most`, in the values' own unit."""

    most: float

    @classmethod
    def over(cls, values: Iterable[float], cut_outlier: bool = False) -> Scale:
        """Long enough for the largest value; or, when that one is an outlier and may be cut, for the next."""
        *others, longest = sorted(max(value, 0.0) for value in values) or [0.0]
        most = others[-1] if cut_outlier and others and 0 < others[-1] < longest / OUTLIER else longest
        return cls((most or 1.0) * HEADROOM)

    def percent(self, value: float) -> float:
        """Where a value lies, 0 to 100; what lies beyond an end is put at it."""
        return round(min(max(value / self.most, 0.0), 1.0) * 100, 3)

    def cuts(self, value: float) -> bool:
        return value > self.most

    @property
    def ticks(self) -> tuple[float, ...]:
        """From 0 in about five steps of 1, 2 or 5 times a power of ten."""
        rough = self.most / 5
        power = 10 ** math.floor(math.log10(rough))
        step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
        return tuple(index * step for index in range(int(self.most / step) + 1))
