"""What single launches of a comparison said, whichever way its two sides were measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.analysis.comparison.startup_blocks import Arm, start_costs
from bench.model.comparison import OF_A_START, Comparison, PrimaryMetric
from bench.model.pair_samples import ApartSample, PairedSample, PairSample, ServedPair, StartupPair
from bench.model.run import TimingSample

ARMS: tuple[Arm, ...] = ("base", "head")


@dataclass(frozen=True)
class Launch:
    """What one launch of an arm said of a case: CPU time a request, in windows of so many calls each; or of a start."""

    calls: int
    cpu_us: tuple[float, ...]


def launches(comparison: Comparison, arm: Arm) -> dict[str, list[Launch]]:
    """By case. Of a served launch all its requests are one window, at the speed that the core had."""
    found: dict[str, list[Launch]] = {}
    for sample in comparison.samples:
        launch = _launch(sample, arm)
        if launch is not None:
            found.setdefault(sample.case, []).append(launch)
    return found


def costs_us(comparison: Comparison, arm: Arm) -> dict[str, float]:
    """What one request takes on an arm, µs of CPU by case: the median of its launches' medians."""
    return {
        case: float(np.median([np.median(one.cpu_us) for one in found]))
        for case, found in launches(comparison, arm).items()
    }


def costs(comparison: Comparison, arm: Arm, metric: PrimaryMetric) -> dict[str, float]:
    """What a case costs on an arm, in the unit of a metric that decides."""
    if metric in OF_A_START:
        return start_costs(comparison, arm, metric)
    return costs_us(comparison, arm)


def _launch(sample: PairedSample, arm: Arm) -> Launch | None:
    match sample:
        case PairSample():
            windows = sample.base if arm == "base" else sample.head
            return Launch(windows.calls, windows.cpu_us)
        case ServedPair():
            load = sample.base if arm == "base" else sample.head
            if not load.server_cpu_s or not load.requests:
                return None
            return Launch(load.requests, (load.server_cpu_s / load.requests * 1e6,))
        case StartupPair():
            start = sample.base if arm == "base" else sample.head
            return Launch(1, (start.startup_cpu_ms * 1e3,))
        case ApartSample(side=side, sample=TimingSample(windows=windows)) if side == arm:
            return Launch(windows.calls, windows.cpu_us)
        case _:
            return None
