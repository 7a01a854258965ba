"""What a comparison adds to a track: a point, a bridge between two anchors, or fresh blocks. Pure functions."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bench.analysis.series.steps import AnchoredCase, anchored
from bench.analysis.series.track_scale import scale
from bench.model.app_version import AppVersion
from bench.model.comparison import Comparison, Side
from bench.model.track import (
    FreshPairing,
    Pairing,
    RouteRatio,
    Track,
    TrackAnchor,
    TrackBridge,
    TrackPoint,
)
from bench.model.workload import Case, Pass

KEPT = 1000
"""How many points a file holds at most; the oldest go."""
_PLACES = 5
_REASON = 200
"""Characters of why a route has no valid figure."""


def point(comparison: Comparison, measured_at: datetime, known: TrackAnchor | None) -> TrackPoint:
    """A commit against its anchor, which keeps the name that it has in the file. Raises ValueError for a comparison of
    anything but two versions."""
    head, found = _version(comparison.head), anchor(comparison.base)
    if known is not None and known.commit == found.commit:
        found = found.model_copy(update={"named": known.named})
    return TrackPoint(
        **_pairing(comparison, measured_at),
        anchor=found,
        commit=head.commit,
        subject=head.subject,
        committed_at=head.committed_at,
        margin=comparison.margin,
        margins={case.id: case.margin for case in comparison.cases if case.margin is not None},
    )


def bridge(comparison: Comparison, measured_at: datetime, newer: TrackAnchor) -> TrackBridge:
    """The newer anchor, the head, against the older one."""
    return TrackBridge(**_pairing(comparison, measured_at), older=anchor(comparison.base), newer=newer)


def fresh(comparison: Comparison, measured_at: datetime) -> FreshPairing:
    """A commit against the one before it."""
    return FreshPairing(**_pairing(comparison, measured_at), since=_version(comparison.base).commit)


def unmeasured(point: TrackPoint, since: str, routes: Sequence[str], reason: str) -> FreshPairing:
    """No fresh blocks of these routes of a point, for this reason."""
    return FreshPairing(
        measured_at=point.measured_at,
        machine=point.machine,
        harness_version=point.harness_version,
        measurement=point.measurement,
        since=since,
        routes={},
        invalid=dict.fromkeys(routes, reason[:_REASON]),
    )


def anchor(side: Side) -> TrackAnchor:
    """What a side is as an anchor. Raises ValueError for anything but a version."""
    version, stack = _version(side), side.stack
    python = stack.minor_python
    words = [python, *(f"{name}=={found}" for name, found in sorted(stack.packages.items()))]
    digest = hashlib.sha256("\n".join(words).encode()).hexdigest()[:12]
    return TrackAnchor(
        commit=version.commit, named=version.named, committed_at=version.committed_at, environment=digest
    )


def added(track: Track, new: TrackPoint) -> Track:
    """With a point more, in the place of an older one of the same commit."""
    return joined([*track.points, new], track.bridges)


def joined(points: Sequence[TrackPoint], bridges: Sequence[TrackBridge]) -> Track:
    """In order, and of what was measured twice only the last: after a merge two branches may have the same commit."""
    by_commit = {one.commit: one for one in sorted(points, key=_measured)}
    by_ends = {(scale(one.older), scale(one.newer)): one for one in sorted(bridges, key=_measured)}
    ordered = sorted(by_commit.values(), key=lambda one: (one.committed_at, one.measured_at))
    return Track(tuple(ordered[-KEPT:]), tuple(by_ends.values()))


def _measured(one: Pairing) -> datetime:
    return one.measured_at


def _pairing(comparison: Comparison, measured_at: datetime) -> dict[str, Any]:
    said = {
        case.id: (case, anchored(case.id, comparison, comparison.gate))
        for case in comparison.cases
        if case.belongs_to(Pass.TIMING)
    }
    return {
        "measured_at": measured_at,
        "machine": comparison.host.published,
        "harness_version": comparison.harness_version,
        "measurement": comparison.measurement,
        "routes": {id_: ratio for id_, (case, one) in said.items() if (ratio := _ratio(case, one)) is not None},
        "invalid": {id_: one.reason[:_REASON] for id_, (_, one) in said.items() if one.found is None},
    }


def _ratio(case: Case, said: AnchoredCase) -> RouteRatio | None:
    if said.found is None:
        return None
    found, count = said.found, said.count
    return RouteRatio(
        request=case.request_digest or "",
        log_ratio=round(found.log_mean, _PLACES),
        standard_error=round(found.standard_error, _PLACES),
        df=round(found.df, 2),
        blocks=found.blocks,
        allocs=round((count.low + count.high) / 2, 4) if count else None,
    )


def _version(side: Side) -> AppVersion:
    if side.version is None:
        raise ValueError(f"{side.named}: is no version of an app")
    return side.version
