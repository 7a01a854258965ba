"""What the blocks of a comparison by start-up say: of every app a log ratio a block, or why a block says nothing.

Pure functions. Which starts count is chosen by the reference work beside them, never by what they cost.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Literal, get_args

from bench.model.comparison import Comparison, Metric, StartupStep
from bench.model.pair_samples import Stage, StartupPair
from bench.model.startup import AppStart
from bench.stats.windows import SLOWED, undisturbed_by_core

DISTURBED = "other processes used the core"
STEPS: tuple[StartupStep, ...] = get_args(StartupStep)
"""What is shown beside what decides, in the order in which it happens."""

START_MS_LEAST = 20.0
"""A start must be long against what differs from process to process: a few ms."""
_SIZES: tuple[Metric, ...] = ("rest_mb", "build_mb")
Arm = Literal["base", "head"]
_Limits = dict[int | None, tuple[float, float]]


def too_short(comparison: Comparison) -> set[str]:
    """Apps whose start takes so little CPU on both sides that no ratio of it says anything."""
    sides = [start_costs(comparison, arm, "startup_cpu_ms") for arm in get_args(Arm)]
    return {app for app in sides[0] if all(side[app] < START_MS_LEAST for side in sides)}


def startup_logs(comparison: Comparison, metric: Metric) -> Iterator[tuple[str, Stage, float | str]]:
    """Case, stage and ln(head/base) of each block; what isn't a time is never disturbed. An app that hasn't got a step
    in each of its starts is in no block of it."""
    pairs = [sample for sample in comparison.samples if isinstance(sample, StartupPair)]
    base, head = _limits_us(pairs, "base"), _limits_us(pairs, "head")
    lacking = {one.case for one in pairs for start in (one.base, one.head) if (_cost(start, metric) or 0.0) <= 0}
    for one in pairs:
        if one.case not in lacking:
            quiet = metric in _SIZES or (_quiet(one.base, base[one.core]) and _quiet(one.head, head[one.core]))
            log = math.log(_cost(one.head, metric) or 1.0) - math.log(_cost(one.base, metric) or 1.0)
            yield one.case, one.stage, log if quiet else DISTURBED


def start_costs(comparison: Comparison, arm: Arm, metric: Metric) -> dict[str, float]:
    """What a start takes of a metric on an arm, by app: the median of its launches; without apps that haven't got it in
    each of them."""
    found: dict[str, list[float | None]] = {}
    for one in comparison.samples:
        if isinstance(one, StartupPair):
            found.setdefault(one.case, []).append(_cost(one.base if arm == "base" else one.head, metric))
    return {
        case: median([one for one in costs if one is not None]) for case, costs in found.items() if None not in costs
    }


def _cost(start: AppStart, metric: Metric) -> float | None:
    found: float | None = getattr(start, metric)
    return found


def _quiet(start: AppStart, limits_us: tuple[float, float]) -> bool:
    return all(us <= limit_us for us, limit_us in zip(start.reference_us, limits_us, strict=True))


def _limits_us(pairs: Sequence[StartupPair], side: Arm) -> _Limits:
    """What the reference work may take on each core before a start and after it, by the interpreter of a side: after
    one it finds fuller caches."""
    starts: list[tuple[int | None, AppStart]] = [(one.core, getattr(one, side)) for one in pairs]
    before, after = (undisturbed_by_core((core, (start.reference_us[at],)) for core, start in starts) for at in (0, 1))
    return {core: (SLOWED * before[core], SLOWED * after[core]) for core in before}
