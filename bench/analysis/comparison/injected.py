"""What a self-test put into its cases, which what it found is judged by. Pure functions."""

from __future__ import annotations

import math
from statistics import median

from bench.model.comparison import Comparison
from bench.model.pair_samples import PairSample
from bench.model.selftest import Injection


def share(test: Comparison, case: str) -> float:
    """By how much a case was slowed."""
    injection = _injection(test, case)
    return injection.share if injection else 0.0


def truth(test: Comparison, case: str) -> float:
    """What a case's ratio really is: what was added to what it costs, over what it costs; of cores that differ in speed
    the mean of theirs, as its blocks are averaged."""
    injection = _injection(test, case)
    if injection is None:
        return 1.0
    costs_us: dict[int | None, list[float]] = {}
    for one in test.samples:
        if isinstance(one, PairSample) and one.case == case:
            costs_us.setdefault(one.core, []).append(median(one.base.cpu_us))
    logs = [math.log1p(injection.added_us / median(own)) * len(own) for own in costs_us.values()]
    return math.exp(sum(logs) / sum(map(len, costs_us.values())))


def _injection(test: Comparison, case: str) -> Injection | None:
    return next((one for one in test.injected if one.case == case), None)
