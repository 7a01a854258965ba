"""What starting an app takes: launches on an undisturbed core, and what each further route adds."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from bench.analysis.run.figures import CaseSummary, CheckedFigure, Standing
from bench.analysis.run.startup_figures import AtRest, Building, Startup
from bench.model.run import Sample
from bench.model.startup import AtRestSample, BuildSample, CaseStartupSample
from bench.stats.intervals import Estimate, estimate
from bench.stats.regression import slope
from bench.stats.windows import SLOWED, speed, undisturbed_by_core

_NUMBERED = re.compile(r"(.*\D)\d+")
_FAMILY_LEAST = 3
"""Apps that differ in nothing but their number of routes say what a route adds if there are so many of them."""


@dataclass(frozen=True)
class PerRoute:
    """What a further route adds, by least squares over all launches of some cases: µs of CPU to build, and kB (10**3)
    at rest."""

    cases: tuple[str, ...]
    build_us: Estimate | None
    rest_kb: Estimate | None


def undisturbed_starts(samples: Iterable[Sample]) -> dict[int | None, float]:
    """What the reference work takes on each core that started apps when nobody slows it, µs."""
    found = (one for one in samples if isinstance(one, CaseStartupSample) and one.reference_us)
    return undisturbed_by_core((one.core, one.reference_us) for one in found)


def startup_of(
    undisturbed: Mapping[int | None, float], samples: list[CaseStartupSample]
) -> Startup | CheckedFigure[Startup]:
    """`undisturbed` is by core. CPU is of the launches whose core wasn't slowed, each at its own speed; memory is of
    all. Launches that didn't know the imports yet are another kind, by a percent of memory: without any that did, they
    are all there is."""
    samples = [one for one in samples if one.libraries_cpu_ms is not None] or samples
    speeds = {one.launch: _speed(one, undisturbed) for one in samples}
    quiet = [one for one in samples if speeds[one.launch] * SLOWED >= 1]
    if 2 * len(quiet) < len(samples):
        return _disturbed(len(quiet), len(samples))

    def cpu(name: str) -> Estimate | None:
        return _known((getattr(one, name), speeds[one.launch]) for one in quiet)

    def memory(name: str) -> Estimate | None:
        return _known((getattr(one, name), 1.0) for one in samples)

    by_launch = {one.launch: one.startup_cpu_ms * speeds[one.launch] for one in quiet}
    return Startup(
        start_ms=estimate(list(by_launch.values())),
        import_ms=estimate([one.import_cpu_ms * speeds[one.launch] for one in quiet]),
        interpreter_ms=cpu("interpreter_cpu_ms"),
        libraries_ms=cpu("libraries_cpu_ms"),
        build_ms=cpu("build_cpu_ms"),
        lifespan_ms=cpu("lifespan_cpu_ms"),
        first_request_ms=cpu("first_request_cpu_ms"),
        openapi_ms=cpu("openapi_cpu_ms"),
        rest_mb=estimate([one.rest_mb for one in samples]),
        libraries_mb=memory("libraries_mb"),
        build_mb=memory("build_mb"),
        by_launch=by_launch,
        speeds=speeds,
        samples=tuple(samples),
    )


def building_of(samples: list[BuildSample]) -> Building:
    """Shares don't need the core's speed: it is the same for all parts of a launch."""

    def share(part: str) -> Estimate:
        return estimate([getattr(one, f"{part}_cpu_ms") / _whole_ms(one) for one in samples])

    return Building(share("routes"), share("dependants"), share("models"), share("others"))


def _whole_ms(one: BuildSample) -> float:
    return one.routes_cpu_ms + one.dependants_cpu_ms + one.models_cpu_ms + one.others_cpu_ms


def at_rest_of(samples: list[AtRestSample]) -> AtRest:
    counts = {(one.live_allocs, one.live_bytes) for one in samples}
    return AtRest(
        live_allocs=float(np.mean([one.live_allocs for one in samples])),
        live_bytes=float(np.mean([one.live_bytes for one in samples])),
        agree=len(counts) == 1,
        launches=len(samples),
    )


def per_route(cases: Iterable[CaseSummary]) -> Iterator[PerRoute]:
    """Of each family: cases of one request whose targets are called alike but for the number at the end, `routes_20`
    and `routes_200`."""
    families: defaultdict[tuple[str, str], list[tuple[CaseSummary, Startup]]] = defaultdict(list)
    for case in cases:
        name = _NUMBERED.fullmatch(case.case.target)
        if name is not None and case.startup.value is not None and case.startup.value.routes is not None:
            families[name[1], case.case.request].append((case, case.startup.value))
    for family in families.values():
        family.sort(key=lambda one: one[1].routes or 0)
        if len({found.routes for _, found in family}) >= _FAMILY_LEAST:
            yield PerRoute(
                cases=tuple(case.case.id for case, _ in family),
                build_us=_slope((one, _build_us(one, found)) for _, found in family for one in found.samples),
                rest_kb=_slope((one, one.rest_mb * 1e3) for _, found in family for one in found.samples),
            )


def _build_us(one: CaseStartupSample, found: Startup) -> float | None:
    """At the core's undisturbed speed; None of a launch on a core that was slowed."""
    known = one.build_cpu_ms is not None and one.launch in found.by_launch
    return (one.build_cpu_ms or 0.0) * found.speeds[one.launch] * 1e3 if known else None


def _slope(values: Iterable[tuple[CaseStartupSample, float | None]]) -> Estimate | None:
    """Over the number of routes."""
    points = [(one.routes or 0, value) for one, value in values if value is not None]
    return slope([routes for routes, _ in points], [value for _, value in points])


def _speed(sample: CaseStartupSample, undisturbed: Mapping[int | None, float]) -> float:
    """1.0 where nothing looked at it."""
    return speed(sample.reference_us, undisturbed[sample.core]) if sample.reference_us else 1.0


def _known(values: Iterable[tuple[float | None, float]]) -> Estimate | None:
    """Of the launches that know it."""
    known = [value * factor for value, factor in values if value is not None]
    return estimate(known) if known else None


def _disturbed(quiet: int, launches: int) -> CheckedFigure[Startup]:
    reason = f"core undisturbed: only in {quiet} of {launches} launches; measure again when the machine is less busy"
    return CheckedFigure(None, Standing.INVALID, (reason,))
