"""Verdicts as people read them."""

from __future__ import annotations

from bench.model.comparison import Metric, Verdict

_OF_MEMORY = {Verdict.SLOWER: "larger", Verdict.FASTER: "smaller"}


def said_of(verdict: Verdict, metric: Metric) -> str:
    """Memory is larger or smaller, and not slower or faster."""
    return _OF_MEMORY.get(verdict, str(verdict)) if metric == "rest_mb" else str(verdict)
