"""Allocations and instructions of two stacks: compared as they are, since hardly anything about them is chance."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from bench.model.comparison import Comparison, Metric, Result, Verdict
from bench.model.pair_samples import AllocationPair, ApartSample, InstructionPair, PairedSample
from bench.model.run import AllocationSample

COUNTS: tuple[Metric, ...] = ("allocs", "instructions")


def results(comparison: Comparison) -> dict[str, list[Result]]:
    """By case, a result for each count that was taken of it on both stacks."""
    samples: dict[str, list[PairedSample]] = {}
    for sample in comparison.samples:
        if isinstance(sample, AllocationPair | InstructionPair | ApartSample):
            samples.setdefault(sample.case, []).append(sample)
    margins = comparison.margins
    return {
        case: [judged(case, metric, ratios, margins[case]) for metric in COUNTS if (ratios := _ratios(metric, own))]
        for case, own in samples.items()
        if case in margins
    }


def _ratios(metric: Metric, own: Sequence[PairedSample]) -> list[float]:
    if metric == "instructions":
        return [one.head_instructions / one.base_instructions for one in own if isinstance(one, InstructionPair)]
    apart = _apart(own, "base"), _apart(own, "head")
    if all(apart):
        return [float(np.mean(apart[1]) / np.mean(apart[0]))]
    return [one.head_allocs / one.base_allocs for one in own if isinstance(one, AllocationPair)]


def _apart(samples: Sequence[object], side: str) -> list[float]:
    """Allocations a request of each launch of one side's run."""
    return [
        one.sample.allocs / one.sample.requests
        for one in samples
        if isinstance(one, ApartSample) and one.side == side and isinstance(one.sample, AllocationSample)
    ]


def judged(case: str, metric: Metric, ratios: Sequence[float], margin: float) -> Result:
    """By where the counts lie, all of them; there is no interval."""
    low, high, limit = min(ratios), max(ratios), math.log1p(margin)
    if math.log(low) > limit:
        said = Verdict.SLOWER
    elif math.log(high) < -limit:
        said = Verdict.FASTER
    else:
        within = -limit <= math.log(low) and math.log(high) <= limit
        said = Verdict.EQUIVALENT if within else Verdict.INCONCLUSIVE
    return Result(
        case=case,
        metric=metric,
        ratio=float(np.mean(ratios)),
        ci_low=low,
        ci_high=high,
        margin=margin,
        verdict=said,
        blocks=len(ratios),
        valid=True,
    )
