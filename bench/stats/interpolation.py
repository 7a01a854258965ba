"""Between numbers of rows that were measured: where a ratio lies within limits, and where one cost overtakes another.

Both interpolate in straight lines over the logarithms, as a cost that grows with some power of the rows does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise

from bench.stats.intervals import Estimate


def range_between(times: Mapping[int, Estimate], least: float, most: float) -> tuple[float, float] | None:
    """From how many rows to how many the whole interval lies between the limits; None where it nowhere does.

    The first such range, where the values leave the limits and come back. Limits and intervals must be positive.
    """
    found: tuple[float, float] | None = None
    for low, high in pairwise(sorted(times)):
        part = _part(times[low], times[high], math.log(least), math.log(most))
        if part is None:
            continue
        start, end = (low * (high / low) ** share for share in part)
        if found is None:
            found = start, end
        elif math.isclose(found[1], start):
            found = found[0], end
    return found


def crossings(ones: Mapping[int, float], others: Mapping[int, float]) -> Iterator[tuple[int, int, float]]:
    """Each change of which cost is the greater: the rows measured before and after it, and about where it lies.

    Only between neighbours: where one of the two was measured in between, a straight line would pass it by.
    """
    both = ones.keys() & others.keys()
    for low, high in pairwise(sorted(ones.keys() | others.keys())):
        if not {low, high} <= both:
            continue
        before, after = math.log(ones[low] / others[low]), math.log(ones[high] / others[high])
        if before * after < 0:
            yield low, high, low * (high / low) ** (before / (before - after))


def _part(start: Estimate, end: Estimate, least: float, most: float) -> tuple[float, float] | None:
    """The shares of the way between two measurements, 0 to 1, between which the interval lies within the limits."""
    if start.low is None or start.high is None or end.low is None or end.high is None:
        return None
    above = _at_least(math.log(start.low) - least, math.log(end.low) - least)
    below = _at_least(most - math.log(start.high), most - math.log(end.high))
    if above is None or below is None:
        return None
    first, last = max(above[0], below[0]), min(above[1], below[1])
    return (first, last) if first < last else None


def _at_least(start: float, end: float) -> tuple[float, float] | None:
    """Between which shares of the way a straight line from `start` to `end` isn't negative."""
    if start < 0 and end < 0:
        return None
    if start >= 0 and end >= 0:
        return 0.0, 1.0
    zero = start / (start - end)
    return (0.0, zero) if start >= 0 else (zero, 1.0)
