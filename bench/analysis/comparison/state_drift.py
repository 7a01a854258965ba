"""Cases whose cost grows with the requests that were sent, such as those to a table that each of them makes longer.

Growth is looked for in two ways, on each side by itself: over the windows of a launch, where launches are the
replicates, and from launch to launch, where what the app keeps outlives its process. Costs are divided by the reference
work beside them, so that a core that slows down is no growth. A cost that falls is none either: that is an app that
warms up. Pure functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bench.analysis.comparison.blocks import undisturbed_by_side
from bench.model.comparison import Comparison, StateDrift
from bench.model.pair_samples import PairSample
from bench.model.run import Windows
from bench.stats.multiple_testing import holm
from bench.stats.regression import median_slope, slope
from bench.stats.two_stage import CONFIDENCE, FEWEST, Change, change, p_value, student_t
from bench.stats.windows import enough_undisturbed, undisturbed_mask

Side = Literal["base", "head"]
_THOUSAND = 1000
_WINDOWS_LEAST = 5
# So much a cost, relative to the reference, may change over the minutes of a comparison without any state: 14% was the
# most in 156 series of stateless cases.
_MACHINE_DRIFT = 0.2


@dataclass(frozen=True)
class CostGrowth:
    """By how much the log of a case's cost grew over so many `requests` on one side, with its interval.

    Growth of less than the share `least` may be something else.
    """

    case: str
    side: Side
    found: Change
    requests: float
    least: float = 0.0

    def p_value(self, margin: float) -> float:
        """How often it would be seen by chance, if the cost grew by the margin, or by the `least` that says something;
        1 of a cost that falls."""
        return p_value(self.found, max(margin, self.least)) if self.found.log_mean > 0 else 1.0

    def drift(self) -> StateDrift:
        each = _THOUSAND / self.requests
        middle, half = self.found.log_mean * each, self.found.log_half * each
        return StateDrift(
            case=self.case,
            side=self.side,
            per_thousand=middle,
            ci_low=middle - half,
            ci_high=middle + half,
            requests=round(self.requests),
        )


def drifts(comparison: Comparison) -> tuple[StateDrift, ...]:
    """The cases of somebody's own app whose cost grew by more than their margin while it was measured, for certain
    among all of them; of both ways to see it, the one over more requests. In the order of the cases, base first."""
    margins = {case.id: case.margin or comparison.margin for case in comparison.cases if case.of_app}
    seen = [one for one in growths(comparison) if one.case in margins]
    stand = holm([one.p_value(margins[one.case]) for one in seen])
    grown: dict[tuple[str, Side], CostGrowth] = {}
    for one, stands in zip(seen, stand, strict=True):
        known = grown.get(key := (one.case, one.side))
        if stands and (known is None or known.requests < one.requests):
            grown[key] = one
    return tuple(grown[case, side].drift() for case in margins for side in _SIDES if (case, side) in grown)


def growths(comparison: Comparison) -> list[CostGrowth]:
    """Of every case and side that was measured often enough, within launches and over them."""
    pairs = [one for one in comparison.samples if isinstance(one, PairSample)]
    found: list[CostGrowth] = []
    undisturbed = undisturbed_by_side(pairs)
    for at, side in enumerate(_SIDES if pairs else ()):
        by_case: dict[str, list[_LaunchCosts]] = {}
        for one in pairs:
            by_case.setdefault(one.case, []).append(_launch(_arm(one, side), undisturbed[one.core][at]))
        for case, launches in by_case.items():
            found += _of(case, side, launches)
    return found


_SIDES: tuple[Side, Side] = ("base", "head")


@dataclass(frozen=True)
class _LaunchCosts:
    """The log costs of a launch's quiet windows and how many requests came before each, and how many it had in all."""

    before: np.ndarray
    log_costs: np.ndarray
    requests: int

    @property
    def counts(self) -> bool:
        return self.before.size >= _WINDOWS_LEAST


def _arm(sample: PairSample, side: Side) -> Windows:
    return sample.base if side == "base" else sample.head


def _launch(windows: Windows, undisturbed: float) -> _LaunchCosts:
    references = np.asarray(windows.reference_us)
    quiet = undisturbed_mask(windows.reference_us, undisturbed)
    if not enough_undisturbed(quiet):
        quiet = np.zeros_like(quiet)
    before = windows.calls * np.arange(1, references.size + 1)  # one window warms up
    costs = np.asarray(windows.cpu_us) / references
    return _LaunchCosts(before[quiet], np.log(costs[quiet]), windows.calls * (references.size + 1))


def _of(case: str, side: Side, launches: Sequence[_LaunchCosts]) -> Iterator[CostGrowth]:
    counted = [one for one in launches if one.counts]
    if len(counted) < FEWEST:
        return
    requests = float(np.median([one.requests for one in launches]))
    slopes = [median_slope(one.before, one.log_costs) or 0.0 for one in counted]
    yield CostGrowth(case, side, change([requests * each for each in slopes]), requests)
    if (over_all := _over_all(launches)) is not None:
        yield CostGrowth(case, side, *over_all, least=_MACHINE_DRIFT)


def _over_all(launches: Sequence[_LaunchCosts]) -> tuple[Change, float] | None:
    """Growth over all launches in their order, by the middle cost of each, and the requests that they had."""
    ends = np.cumsum([one.requests for one in launches])
    at = [end - one.requests / 2 for end, one in zip(ends, launches, strict=True) if one.counts]
    costs = [float(np.median(one.log_costs)) for one in launches if one.counts]
    each = slope(at, costs, CONFIDENCE)
    if each is None or not each.half_width:
        return None
    requests = float(ends[-1])
    half, df = each.half_width * requests, each.n - 2
    return Change(each.mean * requests, half, half / student_t(df), df, each.n), requests
