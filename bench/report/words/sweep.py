"""A sweep in words: what changed most and where, each step and each release as people read them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np

from bench.analysis.comparison.counts import COUNTS
from bench.analysis.comparison.launches import costs
from bench.analysis.comparison.verdicts import off_uvloop
from bench.analysis.series.record_profiles import recorded_profile
from bench.analysis.series.release_figures import ReleaseLine, ReleasePoint, ReleaseStep
from bench.analysis.series.release_pairs import Quantity, of_sweep
from bench.analysis.series.release_steps import lines
from bench.model.comparison import Comparison, PrimaryMetric, Verdict
from bench.model.record import RecordedProfile
from bench.model.series import AskedComparison, Sweep
from bench.report.words import pythons
from bench.report.words.comparison import arrows, percent, within
from bench.report.words.metrics import LABELS, NOUNS, UNITS
from bench.store import series
from bench.store.diffs import FLAMES_PAGE, differences_beside
from bench.text.numbers import listed, number, share, signed
from bench.text.verdicts import said_of

_NAMED = 3
_LEAST_EXPLAINED = 0.1
"""Of a change, so much must be a function's to be named as its place."""


@dataclass(frozen=True)
class SweepNarrative:
    """A sweep with what its `comparisons` by release say; `anchor_costs` is what a case costs on the anchor, in the
    unit of the metric that decides; `off_uvloop` what it costs there on asyncio's loop, beside a Python that has no
    other."""

    sweep: Sweep
    lines: tuple[ReleaseLine, ...]
    anchor_costs: Mapping[str, float]
    comparisons: Mapping[str, Comparison] = field(default_factory=dict)
    off_uvloop: Mapping[str, float] = field(default_factory=dict)

    @property
    def changed(self) -> list[ReleaseStep]:
        """The steps that are called changed, of the oldest release first, and there the largest."""
        return self._ordered(step for line in self.lines for step in line.steps if step.changed)

    @property
    def refuted(self) -> list[ReleaseStep]:
        """The steps that looked changed, and that new blocks don't show, in the same order."""
        return self._ordered(step for line in self.lines for step in line.steps if step.refuted)

    def _ordered(self, steps: Iterable[ReleaseStep]) -> list[ReleaseStep]:
        order = {release: index for index, release in enumerate(self.sweep.releases)}
        return sorted(steps, key=lambda step: (order[step.newer], -_size(step)))

    @property
    def holes(self) -> list[tuple[str, str, str]]:
        """Release, case and reason of what has no valid figure though its release was compared."""
        return [
            (point.release, line.case, point.reason) for line in self.lines for point in line.points if not point.found
        ]

    def cost(self, line: ReleaseLine, point: ReleasePoint) -> float | None:
        """What a case costs in a release: its ratio, times what the anchor costs on the same event loop."""
        cost = (self.off_uvloop if point.off_uvloop else self.anchor_costs).get(line.case)
        return None if point.found is None or cost is None else cost * point.found.ratio


def swept(
    sweep: Sweep,
    comparisons: Mapping[str, Comparison],
    direct: Sequence[tuple[AskedComparison, Comparison]] = (),
    profiles: Mapping[str, tuple[RecordedProfile, ...]] = MappingProxyType({}),
) -> SweepNarrative:
    """Of a sweep, its comparisons with the anchor by release, and the direct ones with their profiles by id."""
    ordered = {release: comparisons[release] for release in sweep.releases if release in comparisons}
    on_asyncio = _anchor_costs(sweep, [one for one in ordered.values() if off_uvloop(one)])
    usual = _anchor_costs(sweep, [one for one in ordered.values() if not off_uvloop(one)])
    quantities = [Quantity(case.id, sweep.words.metric) for case in sweep.words.cases]
    pairs = of_sweep(sweep, ordered, direct, profiles)
    known = [one for one in sweep.releases if one in ordered or one == sweep.anchored]
    found = lines(known, sweep.anchored, quantities, pairs, sweep.words.margin)
    return SweepNarrative(sweep, found, {**on_asyncio, **usual}, ordered, on_asyncio)


def swept_in(sweep: Sweep, folder: Path) -> SweepNarrative:
    """Of a sweep whose comparisons lie in its folder. Raises StoreError."""
    profiles = {
        one.comparison: tuple(recorded_profile(found, None) for found in differences_beside(beside))
        for one in sweep.direct
        for beside in [folder / series.COMPARISONS / one.comparison]
    }
    return swept(sweep, series.comparisons(sweep, folder), series.direct(sweep, folder), profiles)


def _anchor_costs(sweep: Sweep, comparisons: Sequence[Comparison]) -> dict[str, float]:
    """By case, the median of comparisons on one event loop."""
    found = [costs(one, "base", sweep.words.metric) for one in comparisons]
    known = {case.id: [cost[case.id] for cost in found if case.id in cost] for case in sweep.words.cases}
    return {case: float(np.median(own)) for case, own in known.items() if own}


def title(sweep: Sweep) -> str:
    """`fastapi 0.115.0 to 0.165.0`, `Python 3.11, 3.14 and 3.14t`."""
    if sweep.words.of_python:
        return f"Python {listed(sweep.releases)}"
    return f"{sweep.words.package} {sweep.releases[0]} to {sweep.releases[-1]}"


def sentences(found: SweepNarrative) -> list[str]:
    """What changed most and where; how many steps; and what has to be known beside it."""
    every = [step for line in found.lines for step in line.steps]
    if not every:
        return [_far(found.sweep), "Nothing could be compared."][found.sweep.complete :]
    if found.sweep.words.of_python:
        said = list(pythons.against_first(found.sweep.anchored, found.comparisons, found.sweep.words.metric))
    else:
        said = [_most(found), _counted(every, found.sweep), *_certain(found)]
    if not found.sweep.complete:
        said.append(_far(found.sweep))
    if found.sweep.left_out:
        said.append(f"Left out: {listed([one.release for one in found.sweep.left_out])}; the reasons are below.")
    return said


def change_and_interval(step: ReleaseStep) -> str:
    """`CPU +18.3% (+16.6% to +19.9%), allocations +12.0%`, of what changed."""
    return ", ".join(
        f"{LABELS[one.metric]} {percent(one)}" + (f" ({within(one)})" if one.metric not in COUNTS else "")
        for one in step.changed
    )


def between(step: ReleaseStep, sweep: Sweep) -> str:
    """`in 0.116.0`; where releases lie between that were not measured, `between 0.115.4 and 0.115.8`."""
    order = list(sweep.releases)
    apart = order.index(step.newer) - order.index(step.older)
    if apart > 1 or sweep.words.every > 1:
        return f"between {step.older} and {step.newer}"
    return f"in {step.newer}"


def also_moved(step: ReleaseStep) -> list[str]:
    """Packages beside the swept one whose versions differ between both releases' stacks."""
    return arrows(step.best_moved)


def explained(step: ReleaseStep) -> str:
    """`fastapi.routing:app` (fastapi) +12.3 µs: the function that changed most while both were profiled."""
    if step.fresh is None or step.fresh.profile is None:
        return ""
    most = step.fresh.functions[0] if step.fresh.functions else None
    if most is None or abs(most.change_us) < _LEAST_EXPLAINED * abs(step.fresh.profile.change_us):
        return "no function stands out of the noise"
    only = {"base": ", removed", "head": ", new", None: ""}[most.only]
    return f"`{most.name}` ({most.layer}{only}) {signed(most.change_us)} µs"


def flames(step: ReleaseStep, sweep: Sweep) -> str:
    """Where the flame graphs of the difference lie, beside the sweep; nothing of a step that wasn't profiled."""
    if step.fresh is None or step.fresh.profile is None:
        return ""
    ids = [one.comparison for one in sweep.direct if (one.base, one.head) == (step.older, step.newer)]
    return str(Path(series.COMPARISONS, ids[-1], FLAMES_PAGE))


def _most(found: SweepNarrative) -> str:
    sweep, margin = found.sweep, share(found.sweep.words.margin)
    by_cpu = [step for step in found.changed if any(one.metric not in COUNTS for one in step.changed)]
    if by_cpu:
        most = max(by_cpu, key=_size)
        also = also_moved(most)
        with_ = f", together with {listed(also, _NAMED)}" if also else ""
        return f"`{most.case}` changed most: {change_and_interval(most)} {between(most, sweep)}{with_}."
    if found.changed:
        most = max(found.changed, key=_size)
        where = between(most, sweep)
        what = NOUNS[sweep.words.metric]
        largest = change_and_interval(most)
        return f"No change of {what} by {margin} or more is certain. `{most.case}`: {largest} {where}."
    every = [step for line in found.lines for step in line.steps]
    if any(step.best.verdict is Verdict.INCONCLUSIVE for step in every):
        return f"No change of {margin} or more from one release to the next is certain."
    return f"No step between releases is {margin} or larger."


def _counted(every: Sequence[ReleaseStep], sweep: Sweep) -> str:
    number_of = {said: sum(step.best.verdict is said for step in every) for said in Verdict}
    order = (Verdict.FASTER, Verdict.SLOWER, Verdict.EQUIVALENT, Verdict.INCONCLUSIVE)
    counts = listed([f"{number_of[said]} {said_of(said, sweep.words.metric)}" for said in order if number_of[said]])
    cases = len({step.case for step in every})
    releases = len({release for step in every for release in (step.older, step.newer)})
    steps = f"{len(every)} steps" if len(every) != 1 else "1 step"
    return (
        f"Of {steps} ({cases} {'case' if cases == 1 else 'cases'} over {releases} releases) by "
        f"{NOUNS[sweep.words.metric]}: {counts}, with a margin of {share(sweep.words.margin)}."
    )


def _certain(found: SweepNarrative) -> list[str]:
    """How many of the steps that changed by what decides new blocks of both releases show as well."""
    changed = [step for step in found.changed if step.best in step.changed]
    again = [step for step in (*changed, *found.refuted) if step.fresh]
    left = len(changed) - sum(step.fresh is not None for step in changed)
    confirmed = sum(step.confirmed for step in again)
    said = []
    if len(again) == 1:
        confirm = "confirm" if confirmed else "do not confirm"
        said.append(f"New blocks of both releases {confirm} the step that looks changed.")
    elif again:
        said.append(f"New blocks of both releases confirm {confirmed} of {len(again)} steps that look changed.")
    if left and again:
        said.append(f"{left} more {'were' if left > 1 else 'was'} not measured again.")
    elif left:
        said.append("The steps were not confirmed by new blocks of both releases.")
    return said


def certainty(step: ReleaseStep, sweep: Sweep) -> str:
    """`confirmed by 18 new blocks`, or what there is in its place; nothing of Pythons, which confirm their own."""
    if sweep.words.of_python:
        return ""
    if step.confirmed and step.fresh:
        return f"confirmed by {step.fresh.result.blocks} new blocks"
    return "not confirmed" if step.fresh else f"not confirmed: {step.reason}"


def _far(sweep: Sweep) -> str:
    done, of = sweep.progress
    if done == of:
        return "Interrupted: not all steps are measured again yet. Run the same command again to continue."
    return f"Interrupted: {done} of {of} comparisons are done. Run the same command again to continue."


def _size(step: ReleaseStep) -> float:
    """How large the largest change of a step is, by what decides where that changed."""
    changed = sorted(step.changed, key=lambda one: one.metric in COUNTS)
    return max((abs(math.log(one.ratio)) for one in changed[:1] if one.ratio), default=0.0)


def cost_text(cost: float | None, metric: PrimaryMetric) -> str:
    return f"{'–' if cost is None else number(cost)} {UNITS[metric]}"  # noqa: RUF001  a dash where there is no number
