"""What each part of a request costs by the timers at its boundaries, their own cost taken off. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.analysis.run.timer_cost import timers_ns
from bench.model.audit import Part, PartSample
from bench.model.run import Windows
from bench.stats.intervals import Estimate, estimate
from bench.stats.windows import enough_undisturbed, launch_cost, undisturbed_mask

_GC = Part(kind="gc", name="gc")


@dataclass(frozen=True)
class PartCosts:
    """Of one case, µs per request: its untimed whole, each part, and what the timers added before it was taken off.

    `missing` are the boundaries that weren't found. `corrected` tells that the core was slow in most windows of a
    launch, whose costs are those at its undisturbed speed then.
    """

    whole_us: Estimate
    parts_us: dict[Part, Estimate]
    timers_us: float
    missing: tuple[str, ...]
    corrected: bool = False

    @property
    def sum_us(self) -> float:
        return sum(cost.mean for cost in self.parts_us.values())


@dataclass(frozen=True)
class _PartLaunch:
    whole_us: float
    timers_us: float
    parts_us: dict[Part, float]
    corrected: bool


def part_costs(samples: Iterable[PartSample], undisturbed: Mapping[int | None, float]) -> PartCosts | None:
    """Over launches, the replicates; None where fewer than half of them had an undisturbed core. `undisturbed` is what
    the reference work takes on each core."""
    found = list(samples)
    launches = [one for sample in found if (one := _launch(sample, undisturbed[sample.core])) is not None]
    if not launches or 2 * len(launches) < len(found):
        return None
    known = dict.fromkeys(part for launch in launches for part in launch.parts_us)
    return PartCosts(
        whole_us=estimate([launch.whole_us for launch in launches]),
        parts_us={part: estimate([launch.parts_us.get(part, 0.0) for launch in launches]) for part in known},
        timers_us=max(0.0, estimate([launch.timers_us for launch in launches]).mean),
        missing=tuple(sorted({name for sample in found for name in sample.missing})),
        corrected=any(launch.corrected for launch in launches),
    )


def _launch(sample: PartSample, undisturbed: float) -> _PartLaunch | None:
    plain, timed = _Kept.of(sample, sample.plain, undisturbed), _Kept.of(sample, sample.timed, undisturbed)
    if plain is None or timed is None:
        return None
    gc_us = _gc_us(sample, plain, timed)
    whole_us = plain.typical(_without_gc(sample, sample.plain)) + gc_us
    timers_us = timed.typical(_without_gc(sample, sample.timed)) + gc_us - whole_us
    own_us = _timers_us(sample)
    factor = timers_us / sum(own_us) if any(own_us) else 0.0
    spent_us = [
        timed.mean(windows) if part.kind == "gc" else timed.typical(windows)  # the collector strikes few windows
        for windows, part in zip(sample.spent_us, sample.parts, strict=True)
    ]
    costs = zip(sample.parts, spent_us, own_us, strict=True)
    parts_us = {part: spent - factor * own for part, spent, own in costs}
    if gc_us:
        parts_us[_GC] = gc_us
    return _PartLaunch(whole_us, timers_us, parts_us, plain.corrected or timed.corrected)


def _without_gc(sample: PartSample, windows: Windows) -> Sequence[float]:
    """CPU without the collector's, of which one run is a large part of a served window, and not of the next one."""
    if not sample.served_by:
        return windows.cpu_us
    return [cpu - gc for cpu, gc in zip(windows.cpu_us, windows.gc_us, strict=True)]


def _gc_us(sample: PartSample, plain: _Kept, timed: _Kept) -> float:
    """The collector's time over all windows of a served launch; nothing in process, where it strikes few windows."""
    if not sample.served_by:
        return 0.0
    return (plain.mean(sample.plain.gc_us) + timed.mean(sample.timed.gc_us)) / 2


# A core that is slower than this many times its undisturbed speed is shared: what it took can't be corrected.
_CORRECTED = 1.3


@dataclass(frozen=True)
class _Kept:
    """Which windows of a launch count, and what their costs are to be multiplied by.

    In process those on an undisturbed core, where there are enough; else all, at the core's undisturbed speed, unless
    it was far from it. Served there are few, each of many requests, and never without a neighbour, the client: all
    count, at that speed.
    """

    mask: np.ndarray
    factors: np.ndarray
    served: bool
    corrected: bool = False

    @classmethod
    def of(cls, sample: PartSample, windows: Windows, undisturbed: float) -> _Kept | None:
        references = np.asarray(windows.reference_us, dtype=float)
        everything, at_speed = np.ones(references.size, dtype=bool), undisturbed / references
        if sample.served_by:
            return cls(everything, at_speed, served=True)
        mask = undisturbed_mask(windows.reference_us, undisturbed)
        if enough_undisturbed(mask):
            return cls(mask, np.ones(references.size), served=False)
        if np.median(references) <= _CORRECTED * undisturbed:
            return cls(everything, at_speed, served=False, corrected=True)
        return None

    def typical(self, costs: Sequence[float]) -> float:
        return self.mean(costs) if self.served else launch_cost((np.asarray(costs) * self.factors)[self.mask])

    def mean(self, costs: Sequence[float]) -> float:
        return float(np.mean((np.asarray(costs) * self.factors)[self.mask]))


def _timers_us(sample: PartSample) -> list[float]:
    """What the timers charge to each part of a request, as calls of nothing say."""
    requests = sample.timed.calls * len(sample.timed.cpu_us)
    own_ns = timers_ns(sample.crossings, sample.timers, range(len(sample.parts)))
    return [ns / 1e3 / requests for ns in own_ns.values()]
