"""On which cores a comparison was measured, and what a single one means."""

from __future__ import annotations

from bench.model.comparison import Comparison
from bench.model.pair_samples import PairSample, StartupPair
from bench.text.numbers import cores


def measured_on(comparison: Comparison) -> str:
    """`measured on cores 0 and 1 at once`, or on one with the reason; empty where no core was noted."""
    found = {
        one.core for one in comparison.samples if isinstance(one, PairSample | StartupPair) and one.core is not None
    }
    if not found:
        return ""
    if len(found) > 1:
        return f"measured on {cores(found)} at once"
    if comparison.one_core is None:
        return f"measured on {cores(found)}"
    return f"measured on {cores(found)} only, which needs about twice the time of two: {comparison.one_core}"
