"""A line of numbers as one character each, for terminals and tables of Markdown."""

from __future__ import annotations

from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float | None], low: float, high: float) -> str:
    """From the lowest bar to the highest; a gap where a value is missing. The scale reaches at least from `low` to
    `high`, so that what doesn't matter looks flat."""
    known = [one for one in values if one is not None]
    least, most = min([low, *known]), max([high, *known])
    step = (most - least) / (len(_BARS) - 1)
    return "".join(" " if one is None else _BARS[round((one - least) / step) if step else 0] for one in values)
