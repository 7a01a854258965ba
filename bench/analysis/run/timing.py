"""Times of the undisturbed core: which of a run's windows count, and what the launches say that have enough of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from bench.analysis.load.quantities import tells_core_speed
from bench.analysis.run.figures import CheckedFigure, Standing, Timing
from bench.model.boundaries import BoundarySample
from bench.model.load import LoadSample
from bench.model.run import Run, Sample, TimingSample
from bench.stats.intervals import Estimate, estimate
from bench.stats.windows import (
    enough_undisturbed,
    launch_cost,
    launch_difference,
    undisturbed_by_core,
    undisturbed_mask,
    undisturbed_us,
)

NO_PARENT: CheckedFigure[Estimate] = CheckedFigure(
    None, Standing.UNMEASURED, ("not timed together with a parent that has the same request",)
)


def undisturbed_cores(samples: Iterable[Sample]) -> dict[int | None, float]:
    """What the reference work takes on each core that timed when nobody slows it, µs."""
    timed = (one for one in samples if isinstance(one, TimingSample))
    return undisturbed_by_core((one.core, one.windows.reference_us) for one in timed)


def undisturbed_reference(run: Run) -> float:
    """The same on the core that is served from: NaN in a run that never ran the reference work there.

    From the windows in process and from before each load, not from under it, where the client is a neighbour too.
    """
    here = {None, run.noise[0].core if run.noise else None}
    timed = (sample for sample in run.samples if isinstance(sample, TimingSample) and sample.core in here)
    references = [us for sample in timed for us in sample.windows.reference_us]
    served = [sample for sample in run.samples if isinstance(sample, LoadSample | BoundarySample)]
    references += [us for sample in served for us in sample.idle_reference_us]
    return undisturbed_us(references) if references else math.nan


def slowed_share(run: Run) -> float | None:
    """How many of all looks at the measured cores found them slowed."""
    looks: list[bool] = []
    by_core = undisturbed_cores(run.samples)
    undisturbed = undisturbed_reference(run)
    for sample in run.samples:
        if isinstance(sample, TimingSample):
            looks += list(~undisturbed_mask(sample.windows.reference_us, by_core[sample.core]))
        elif isinstance(sample, LoadSample) and tells_core_speed(sample):
            looks += list(~undisturbed_mask(sample.reference_us, undisturbed))
    return float(np.mean(looks)) if looks else None


def timing_of(undisturbed: Mapping[int | None, float], samples: list[TimingSample]) -> Timing | CheckedFigure[Timing]:
    """`undisturbed` is by core. CPU and wall take a launch's median quiet window; GC its mean: it strikes few windows,
    and a median would miss it."""
    kept = [(sample, undisturbed_mask(sample.windows.reference_us, undisturbed[sample.core])) for sample in samples]
    launches = [(sample, mask) for sample, mask in kept if enough_undisturbed(mask)]
    if 2 * len(launches) < len(samples):
        return _disturbed(len(launches), len(samples))
    by_launch = {sample.launch: launch_cost(np.asarray(sample.windows.cpu_us)[mask]) for sample, mask in launches}
    database = [sample.windows.database_us for sample in samples if sample.windows.database_us]
    return Timing(
        cpu_us=estimate(list(by_launch.values())),
        wall_us=estimate([launch_cost(np.asarray(sample.windows.wall_us)[mask]) for sample, mask in launches]),
        gc_us=estimate([float(np.mean(sample.windows.gc_us)) for sample in samples]),
        database_us=estimate([launch_cost(windows) for windows in database]) if database else None,
        by_launch=by_launch,
        windows=sum(int(mask.sum()) for _, mask in launches),
    )


def added_of(
    undisturbed: Mapping[int | None, float], samples: list[TimingSample]
) -> Estimate | CheckedFigure[Estimate]:
    """The median difference of a launch's pairs of which both windows were quiet."""
    pairs = [(one.core, one.windows, one.parent_windows) for one in samples if one.parent_windows is not None]
    if not pairs:
        return NO_PARENT
    found = []
    for core, child, parent in pairs:
        limit_us = undisturbed[core]
        mask = undisturbed_mask(child.reference_us, limit_us) & undisturbed_mask(parent.reference_us, limit_us)
        if enough_undisturbed(mask):
            found.append(launch_difference(np.asarray(child.cpu_us)[mask], np.asarray(parent.cpu_us)[mask]))
    return estimate(found) if 2 * len(found) >= len(pairs) else _disturbed(len(found), len(pairs))


def _disturbed(quiet_launches: int, launches: int) -> CheckedFigure[Any]:
    reason = (
        f"core undisturbed: for a quarter of the windows, only in {quiet_launches} of {launches} launches; "
        "measure again when the machine is less busy"
    )
    return CheckedFigure(None, Standing.INVALID, (reason,))
