"""A change of a metric, as the result that a comparison stores."""

from __future__ import annotations

from collections.abc import Sequence

from bench.model.comparison import Metric, Result, Verdict
from bench.stats.two_stage import Change


def reported(
    case: str, metric: Metric, margin: float, found: Change, said: Verdict, reasons: Sequence[str] = ()
) -> Result:
    """What was found, as a result with its interval."""
    return Result(
        case=case,
        metric=metric,
        ratio=found.ratio,
        ci_low=found.low,
        ci_high=found.high,
        margin=margin,
        verdict=said,
        blocks=found.blocks,
        valid=True,
        reasons=tuple(reasons),
        not_excluded=not_excluded(said, found.low, found.high),
    )


def not_excluded(said: Verdict, low: float | None, high: float | None) -> float | None:
    """What an interval leaves open of a case that isn't called changed: the largest change, as a share."""
    if low is None or high is None or said in (Verdict.SLOWER, Verdict.FASTER):
        return None
    return max(high - 1, 1 - low)
