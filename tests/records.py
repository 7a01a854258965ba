"""A record whose truth is known, for tests that need one without measuring anything: of each quantity the log costs by
release, and what of their steps is confirmed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from bench.analysis.comparison.results import reported
from bench.analysis.comparison.verdicts import CHANGED
from bench.analysis.series.record import PackageRecord, Repeated
from bench.analysis.series.record_profiles import recorded_stacks
from bench.analysis.series.release_chain import ReleaseChain
from bench.analysis.series.release_figures import FreshStep, ReleaseLine, ReleasePoint, ReleaseStep
from bench.analysis.series.release_pairs import Quantity
from bench.analysis.series.steps import Count
from bench.model.comparison import Metric, Result, Verdict
from bench.model.environment import PublishedHost
from bench.model.record import (
    RecordedComparison,
    RecordedFunction,
    RecordedProfile,
    RecordHeader,
)
from bench.model.series import LeftOut, SeriesMetric
from bench.profiles.diff import difference
from bench.stats import two_stage
from bench.stats.two_stage import Change
from bench.store import record_stacks
from tests.profile_runs import BASE, HEAD, launches

RELEASES = ("0.100.0", "0.101.0", "0.102.0", "0.103.0", "0.104.0", "0.105.0")
MARGIN, ERROR, BLOCKS = 0.03, 0.003, 16
AT = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
PLAIN = Quantity("fastapi_plain:plain", "cpu_us")
ROWS = Quantity("fastapi_response_model:rows100", "cpu_us")
REFUTED = Quantity("deps_yield:plain", "cpu_us")
START = Quantity("routes_200_routers:start", "startup_cpu_ms")
REST = Quantity("routes_200_routers:start", "rest_mb")
COSTS = {"cpu_us": 38.2, "server_cpu_us": 71.4, "startup_cpu_ms": 610.0, "rest_mb": 64.3}

Logs = Mapping[Quantity, Sequence[float | None]]
"""By quantity the log cost of each release, oldest first; None is a figure that isn't valid."""


def known(log: float) -> Change:
    return two_stage.known(log, ERROR, 15, BLOCKS)


@dataclass(frozen=True)
class Profiled:
    """What profiles say of every confirmed step of a request: the function that changed most, and by case the file with
    the stacks."""

    name: str = "fastapi.routing:serialize_response"
    stacks: Mapping[str, str] = field(default_factory=dict)


PROFILED = Profiled()


def profile(case: str, log: float, said: Profiled) -> RecordedProfile:
    """Of a step of so much: most of it in one function, and some in one that only one side has."""
    whole = 60 * (math.exp(log) - 1)
    functions = (
        RecordedFunction(name=said.name, layer="fastapi", change_us=0.8 * whole, within_us=0.6),
        RecordedFunction(
            name="pydantic._internal:<locals>.validate",
            layer="pydantic",
            change_us=0.15 * whole,
            within_us=0.3,
            only="head" if whole > 0 else "base",
        ),
    )
    return RecordedProfile(case=case, change_us=whole, within_us=0.9, functions=functions, stacks=said.stacks.get(case))


def package_record(
    logs: Logs,
    releases: Sequence[str] = RELEASES,
    *,
    package: str = "fastapi",
    refuted: Sequence[tuple[Quantity, str]] = (),
    profiled: Profiled | None = PROFILED,
    left_out: Sequence[LeftOut] = (),
    missing: Sequence[str] = (),
    repeated: Sequence[Repeated] = (),
    direct: bool = True,
) -> PackageRecord:
    """Its anchor is the newest release. What exceeds the margin is confirmed, but where it is `refuted`; without
    `direct` comparisons of neighbours nothing is."""
    lines = tuple(_line(quantity, own, releases, refuted, profiled) for quantity, own in logs.items())
    return PackageRecord(
        header=RecordHeader(
            package=package, anchor=releases[-1], python="3.11", lock_sha256="5f0c" * 16, releases=tuple(releases)
        ),
        margin=MARGIN,
        lines=lines if direct else tuple(map(_anchored_only, lines)),
        left_out=tuple(left_out),
        planned=tuple(releases),
        missing=tuple(missing),
        repeated=tuple(repeated),
        comparisons=tuple(_comparison(release, releases[-1], at) for at, release in enumerate(releases[:-1])),
    )


def _anchored_only(line: ReleaseLine) -> ReleaseLine:
    steps = tuple(replace(one, fresh=None, reason="the two were not compared directly") for one in line.steps)
    return replace(line, steps=steps, chain=line.chain and replace(line.chain, direct=False))


def again(release: str, quantity: Quantity, first: float, second: float) -> Repeated:
    return Repeated(release, quantity, known(first), known(second), AT, AT + timedelta(days=3))


def _line(
    quantity: Quantity,
    logs: Sequence[float | None],
    releases: Sequence[str],
    refuted: Sequence[tuple[Quantity, str]],
    profiled: Profiled | None,
) -> ReleaseLine:
    last = logs[-1] or 0.0
    points = tuple(
        ReleasePoint(release, None if log is None else known(log - last), _count(log, last), _why(log))
        for release, log in zip(releases, logs, strict=True)
    )
    valid = [(release, log) for release, log in zip(releases, logs, strict=True) if log is not None]
    steps = tuple(
        _step(quantity, older, newer, (quantity, newer[0]) in refuted, profiled) for older, newer in pairwise(valid)
    )
    whole = _step(quantity, valid[0], valid[-1], False, None) if len(valid) > 1 else None
    return ReleaseLine(
        quantity.case, quantity.metric, points, steps, whole, _chain(steps, whole), COSTS[quantity.metric]
    )


def _count(log: float | None, last: float) -> Count | None:
    ratio = math.exp((log or 0.0) - last)
    return None if log is None else Count(round(120 * ratio), ratio, ratio)


def _why(log: float | None) -> str:
    return "head: <b>it fails</b>" if log is None else ""


def _result(quantity: Quantity, log: float, metric: Metric | None = None) -> Result:
    found = known(log)
    return reported(quantity.case, metric or quantity.metric, MARGIN, found, two_stage.verdict(found, MARGIN))


def _step(
    quantity: Quantity, older: tuple[str, float], newer: tuple[str, float], refuted: bool, profiled: Profiled | None
) -> ReleaseStep:
    log = newer[1] - older[1]
    looks = two_stage.verdict(known(log), MARGIN / 2)
    moved = {"starlette": ("0.27.0", "0.28.0")} if log > MARGIN else {}
    change, allocs = _result(quantity, log), _result(quantity, log / 2, "allocs")
    if looks not in (Verdict.SLOWER, Verdict.FASTER):
        return ReleaseStep(quantity.case, quantity.metric, older[0], newer[0], change, looks, allocs, moved)
    seen = profile(quantity.case, log, profiled) if profiled and quantity.metric == "cpu_us" and not refuted else None
    result = _result(quantity, 0.002 if refuted else log * 0.98)
    fresh = FreshStep(result, allocs, moved, seen)
    reason = "" if result.verdict in CHANGED else f"{BLOCKS} new blocks did not confirm it"
    return ReleaseStep(quantity.case, quantity.metric, older[0], newer[0], change, looks, allocs, moved, fresh, reason)


def _chain(steps: Sequence[ReleaseStep], whole: ReleaseStep | None) -> ReleaseChain | None:
    if whole is None:
        return None
    product = sum(math.log(one.best.ratio or 1) for one in steps if one.confirmed)
    total = math.log(whole.change.ratio or 1)
    quantity = Quantity(whole.case, whole.metric)
    return ReleaseChain(_result(quantity, product), whole.change, _result(quantity, total - product), direct=True)


def _comparison(release: str, anchor: str, at: int, gate: SeriesMetric = "cpu_us") -> RecordedComparison:
    return RecordedComparison(
        gate=gate,
        base=anchor,
        head=release,
        measured_at=AT + timedelta(minutes=at),
        elapsed_s=42.0,
        margin=MARGIN,
        seed=7 + at,
        machine=PublishedHost(fingerprint="9c41d0e2", cpu_model="Example CPU 3.0 GHz"),
        harness_version="0.1.0",
        measurement=1,
    )


def fastapi(folder: Path) -> PackageRecord:
    """Steps both ways, one that fresh blocks refute, one over a figure that isn't valid, a release that can't be
    compared, one that is still to be measured, and figures that were measured twice. `folder` gets the stacks."""
    found = difference(PLAIN.case, launches(BASE), launches(HEAD))
    stacks = record_stacks.save(folder, recorded_stacks(found, "fastapi", "0.101.0", "0.102.0"))
    logs: Logs = {
        PLAIN: (0, 0, 0.1, 0.1, 0.1, 0.1),
        ROWS: (0, 0, 0.08, 0.08, -0.5, -0.5),
        REFUTED: (0, 0, 0, 0.06, 0.06, 0.06),
        START: (0, None, 0, 0, 0, -0.2),
        REST: (0, 0, 0, 0, 0, 0.001),
    }
    return package_record(
        logs,
        refuted=((REFUTED, "0.103.0"),),
        profiled=Profiled(stacks={PLAIN.case: stacks}),
        left_out=(LeftOut(release="0.102.1", reason="pydantic<2 was asked for, and the reference has 2.12"),),
        missing=("0.106.0",),
        repeated=(again("0.102.0", PLAIN, 0.0, 0.004), again("0.102.0", ROWS, 0.58, 0.62)),
    )
