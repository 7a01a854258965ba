"""A linear scale from zero, shared by every set of bars: where a value lies, and its round ticks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

OUTLIER = 3.0
"""A bar this many times longer than three quarters of them is cut off, and marked so: else it would flatten them."""
HEADROOM = 1.04


@dataclass(frozen=True)
class Scale:
    """From 0 to `most`, in the values' own unit."""

    most: float

    @classmethod
    def over(cls, values: Iterable[float], cut_outliers: bool = False) -> Scale:
        """Long enough for the largest value; or, when outliers may be cut, for the largest of the others."""
        lengths = sorted(max(value, 0.0) for value in values) or [0.0]
        usual = lengths[math.ceil(0.75 * len(lengths)) - 1]
        if cut_outliers and usual:
            lengths = [length for length in lengths if length <= OUTLIER * usual]
        return cls((lengths[-1] or 1.0) * HEADROOM)

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
