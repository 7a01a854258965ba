"""Scales shared by every set of bars: where a value lies, and its round ticks."""

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


_CHANGES = (0.1, 1.0, 0.3, 3.0, 0.5, 0.2, 10.0, 0.05, 0.02, 0.01, 0.005)
"""Round changes that a tick may stand at, those that tell most first."""
_MARK_ROOM = 4.0
"""Percent of the width that stays free at either end."""
_TICK_ROOM = 10.5
"""How far apart ticks are at least, percent of the width: a label fits there on a phone too."""


def band(margin: float) -> tuple[float, float]:
    """The ratios between which a change doesn't matter."""
    return 1 / (1 + margin), 1 + margin


@dataclass(frozen=True)
class RatioScale:
    """From ratio `low` to ratio `high`; even about 1 and logarithmic beyond the `margin`.

    A value lies at asinh(ln ratio / ln(1 + margin)): a change within the margin keeps its room beside a threefold one.
    """

    low: float
    high: float
    margin: float

    @classmethod
    def over(cls, ratios: Iterable[float], margin: float) -> RatioScale:
        """Long enough for all of them, and for the margin on either side."""
        every = [*ratios, (1 + margin) ** 1.5, (1 + margin) ** -1.5]
        return cls(min(every), max(every), margin)

    def percent(self, ratio: float) -> float:
        """Where a ratio lies, 0 to 100, with room for a mark at either end; what lies beyond an end is put at it."""
        first, last = self._at(self.low), self._at(self.high)
        share = min(max((self._at(ratio) - first) / (last - first), 0.0), 1.0)
        return round(_MARK_ROOM + share * (100 - 2 * _MARK_ROOM), 3)

    @property
    def band(self) -> tuple[float, float]:
        """Of the margin of all."""
        return band(self.margin)

    @property
    def ticks(self) -> tuple[float, ...]:
        """Ratios: 1, the margin's ends, and as many round changes as there is room for."""
        wanted = [
            1.0,
            *self.band,
            *(1 + sign * change for change in _CHANGES for sign in (1, -1) if sign * change > -1),
        ]
        taken: list[float] = []
        for ratio in wanted:
            at = self.percent(ratio)
            if self.low < ratio < self.high and all(abs(at - self.percent(other)) >= _TICK_ROOM for other in taken):
                taken.append(ratio)
        return tuple(sorted(taken))

    def _at(self, ratio: float) -> float:
        return math.asinh(math.log(ratio) / math.log1p(self.margin))
