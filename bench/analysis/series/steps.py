"""Steps from one version to the next, each of which was compared with the same anchor in blocks of its own: what sweeps
over releases and tracks over commits have in common. Pure functions.

A drift of the session, or of the machine, is in neither's ratio, and a step is the difference of two log ratios that
know nothing of each other.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from bench.analysis.comparison.blocks import blocks
from bench.analysis.comparison.verdicts import CHANGED, untimed
from bench.model.comparison import Comparison, Metric, PrimaryMetric, Result, Verdict
from bench.model.pair_samples import AllocationPair
from bench.stats import two_stage
from bench.stats.multiple_testing import holm
from bench.stats.two_stage import Change, p_value
from bench.text.verdicts import said_of

SCREENED = 0.5
"""What exceeds this share of the margin is measured again."""

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Count:
    """Allocations of one request, and their ratio to the anchor's: the lowest and the highest of all launches."""

    allocs: float
    low: float
    high: float


@dataclass(frozen=True)
class AnchoredCase:
    """What a comparison with the anchor says of a case: its change, None where there is no valid one, for the `reason`;
    and its allocations if they were counted."""

    found: Change | None
    count: Count | None = None
    reason: str = ""


@dataclass(frozen=True)
class JudgedStep:
    """What a step is among all that it was judged together with."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()


def anchored(case: str, comparison: Comparison, metric: PrimaryMetric) -> AnchoredCase:
    """What a comparison says of a metric of a case, one of those that it is judged by."""
    pairs = counted(case, comparison)
    ratios = [one.head_allocs / one.base_allocs for one in pairs]
    count = Count(float(np.mean([one.head_allocs for one in pairs])), min(ratios), max(ratios)) if pairs else None
    result = next((one for one in comparison.results if one.case == case and one.metric == metric), None)
    if result is None or not result.valid:
        return AnchoredCase(None, count, _why(case, comparison, result))
    return AnchoredCase(blocks(comparison, metric)[case].whole, count)


def counted(case: str, comparison: Comparison) -> list[AllocationPair]:
    """How its allocations were counted, launch by launch."""
    return [one for one in comparison.samples if isinstance(one, AllocationPair) and one.case == case]


def judged(
    found: Mapping[Key, Change], margins: Mapping[Key, float], metrics: Mapping[Key, Metric] | None = None
) -> dict[Key, JudgedStep]:
    """By the rule of any comparison, at a margin each; changed is what also stands among all of them (Holm). Without
    `metrics` all are of CPU time."""
    stands = holm([p_value(one, margins[key]) for key, one in found.items()])
    return {
        key: _judged(two_stage.verdict(one, margins[key]), metrics[key] if metrics else "cpu_us", stand, len(found))
        for (key, one), stand in zip(found.items(), stands, strict=True)
    }


def _judged(said: Verdict, metric: Metric, stands: bool, together: int) -> JudgedStep:
    if said in CHANGED and not stands:
        return JudgedStep(
            Verdict.INCONCLUSIVE, (f"looks {said_of(said, metric)}, but not significant among {together} steps",)
        )
    return JudgedStep(said)


def _why(case: str, comparison: Comparison, result: Result | None) -> str:
    """Why a comparison says nothing of a case."""
    absent = [one.reason for one in comparison.absences if one.case == case and (one.kind == "skipped" or untimed(one))]
    other = [
        f"response differs from {comparison.base.named}: {one.head}"
        for one in comparison.disagreements
        if one.case == case
    ]
    return "; ".join([*absent, *other] or (result.reasons if result else ()) or ["was not measured"])
