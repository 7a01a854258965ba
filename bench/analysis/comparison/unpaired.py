"""Two runs that were measured apart: what may be compared of them, and what that says. Pure functions.

Sessions of one host differ by more than their launches do, and hosts that look alike by more still: so allocations
decide, and times are only shown.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bench.analysis.comparison import counts
from bench.analysis.comparison.results import reported
from bench.analysis.run.figures import CheckedFigure
from bench.analysis.run.timing import timing_of, undisturbed_cores
from bench.model.comparison import Comparison, Incomparable, Metric, Result, Verdict
from bench.model.pair_samples import ApartSample
from bench.model.run import AllocationSample, Run, TimingSample
from bench.model.workload import Case
from bench.stats.two_stage import Change, change_apart, verdict

_BOTH: tuple[Metric, ...] = ("cpu_us", "allocs")
_MEASURED_APART = "was measured separately: give requirements for both stacks to measure them together"
_LAUNCHES_LEAST = 3


def samples(base: Run, head: Run, cases: Sequence[Case]) -> tuple[ApartSample, ...]:
    """What both runs observed of these cases."""
    wanted = {case.id for case in cases}
    sides: tuple[tuple[Literal["base", "head"], Run], ...] = (("base", base), ("head", head))
    return tuple(
        ApartSample(side=side, sample=sample)
        for side, run in sides
        for sample in run.samples
        if isinstance(sample, TimingSample | AllocationSample) and sample.case in wanted
    )


def unlike(base: Run, head: Run, cases: Sequence[Case]) -> tuple[Incomparable, ...]:
    """Of these cases, every metric that must not be compared, with the reason."""
    found: list[Incomparable] = []
    sources = {case.id: case.source_sha256 for case in base.cases}
    for case in cases:
        if base.measurement != head.measurement:
            reason = f"measured by different method versions ({base.measurement} and {head.measurement})"
            found.append(Incomparable(case=case.id, metrics=_BOTH, reason=reason))
        elif sources.get(case.id) != case.source_sha256:
            found.append(Incomparable(case=case.id, metrics=_BOTH, reason="the target's source differs"))
        elif base.host.fingerprint != head.host.fingerprint:
            reason = f"measured on another host ({base.host.cpu_model}, {base.host.cores} cores)"
            found.append(Incomparable(case=case.id, metrics=("cpu_us",), reason=reason))
    return tuple(found)


def results(comparison: Comparison) -> Iterator[Result]:
    """Allocations, which decide, and CPU time by launches, which never does: nothing says that both sessions ran alike.

    `incomparable` with the reason where they may not be compared.
    """
    barred = {(one.case, metric): one.reason for one in comparison.unlike for metric in one.metrics}
    sides = _timed("base", comparison), _timed("head", comparison)
    margins, counted = comparison.margins, counts.results(comparison)
    for case in comparison.cases:
        if reason := barred.get((case.id, "allocs")):
            yield Result.missing(case.id, "allocs", margins[case.id], Verdict.INCOMPARABLE, reason)
        else:
            yield from counted.get(case.id, ())
        if reason := barred.get((case.id, "cpu_us")):
            yield Result.missing(case.id, "cpu_us", margins[case.id], Verdict.INCOMPARABLE, reason)
        else:
            yield _time(case.id, _change(case.id, sides), margins[case.id])


def _time(case: str, found: Change | str, margin: float) -> Result:
    if isinstance(found, str):
        return Result.missing(case, "cpu_us", margin, Verdict.INCONCLUSIVE, found)
    said = verdict(found, margin)
    if said in (Verdict.SLOWER, Verdict.FASTER):
        return reported(case, "cpu_us", margin, found, Verdict.INCONCLUSIVE, [f"looks {said}, but {_MEASURED_APART}"])
    return reported(case, "cpu_us", margin, found, said)


@dataclass(frozen=True)
class _TimedSide:
    """One side's launches by case, and what the reference took on each of its undisturbed cores."""

    side: str
    launches: Mapping[str, list[TimingSample]]
    undisturbed_us: Mapping[int | None, float]


def _timed(side: str, comparison: Comparison) -> _TimedSide:
    own = [one.sample for one in comparison.samples if isinstance(one, ApartSample) and one.side == side]
    launches: dict[str, list[TimingSample]] = {}
    for sample in own:
        if isinstance(sample, TimingSample):
            launches.setdefault(sample.case, []).append(sample)
    return _TimedSide(side, launches, undisturbed_cores(own))


def _change(case: str, sides: tuple[_TimedSide, _TimedSide]) -> Change | str:
    """The change of a case's cost between the runs, or why there is none."""
    logs: list[list[float]] = []
    for timed in sides:
        if case not in timed.launches:
            return f"{timed.side}: not timed"
        found = timing_of(timed.undisturbed_us, timed.launches[case])
        if isinstance(found, CheckedFigure):
            return f"{timed.side}: {'; '.join(found.reasons)}"
        if len(found.by_launch) < _LAUNCHES_LEAST:
            number = len(found.by_launch)
            return f"{timed.side}: only {number} launches on an undisturbed core; needs {_LAUNCHES_LEAST}"
        logs.append([math.log(cost) for cost in found.by_launch.values()])
    return change_apart(*logs)
