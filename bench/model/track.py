"""How an app's routes cost from commit to commit, each against one fixed version of it: the lines of a track file.

Frozen, typed, without I/O, like `bench.model.comparison`. A file is JSON Lines: each line is a point or a bridge and
stands for itself, so that git can join what two branches appended (`merge=union`); their order means nothing.

History of the schema (`schema_version`, of each line): 1 is the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from bench.model.base import Plain, Record
from bench.model.environment import PublishedHost

SCHEMA_VERSION = 1


# What a file may hold: exp of it is a number, and so is an interval.
_LogRatio = Annotated[float, Field(ge=-20, le=20)]
_StandardError = Annotated[float, Field(ge=0, le=20)]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class RouteRatio(NamedTuple):
    """A route's CPU time on one version against another, as a list: six values a route keep a file small.

    `request` is a digest of what was asked, `log_ratio` the trimmed mean of `blocks` blocks' ln(head/base), `df` the
    degrees of freedom of its standard error, `allocs` the ratio of allocations, None where none were counted.
    """

    request: Plain
    log_ratio: _LogRatio
    standard_error: _StandardError
    df: _Positive
    blocks: int
    allocs: _Positive | None


class TrackAnchor(Record):
    """A version that points are measured against. `environment` is a digest of its Python and its packages: where they
    aren't pinned, the same commit may become another anchor."""

    commit: str
    named: Plain
    committed_at: datetime
    environment: str


class Pairing(Record):
    """What one comparison said of each route, and why it said nothing of others."""

    measured_at: datetime
    machine: PublishedHost
    harness_version: str
    measurement: int
    routes: dict[Plain, RouteRatio]
    invalid: dict[Plain, Plain] = {}  # noqa: RUF012  a pydantic field: every record has its own


class FreshPairing(Pairing):
    """A commit against the one before it, `since`, of routes that looked changed: blocks that decide whether they
    did."""

    since: str


class TrackPoint(Pairing):
    """One commit against its anchor. `margins` are those of routes that have their own, `fresh` what fresh blocks said
    of the routes that looked changed.

    `previous` is the commit of the last point in its history, "" where the file had none. None in lines of before it
    was kept: there it is the point before by the time of commits.
    """

    kind: Literal["point"] = "point"
    schema_version: int = SCHEMA_VERSION
    anchor: TrackAnchor
    commit: str
    subject: Plain
    committed_at: datetime
    previous: str | None = None
    margin: float
    margins: dict[Plain, float] = {}  # noqa: RUF012  a pydantic field: every record has its own
    fresh: tuple[FreshPairing, ...] = ()

    def margin_of(self, route: str) -> float:
        """As a share."""
        return self.margins.get(route, self.margin)


class TrackBridge(Pairing):
    """A newer anchor against an older one: what points against either have in common."""

    kind: Literal["bridge"] = "bridge"
    schema_version: int = SCHEMA_VERSION
    older: TrackAnchor
    newer: TrackAnchor


TrackLine = Annotated[TrackPoint | TrackBridge, Field(discriminator="kind")]


@dataclass(frozen=True)
class Track:
    """All lines of a file: points by the time of their commits, oldest first, and bridges."""

    points: tuple[TrackPoint, ...] = ()
    bridges: tuple[TrackBridge, ...] = ()

    @property
    def anchor(self) -> TrackAnchor | None:
        """What was measured against last."""
        last = max(self.points, key=lambda one: one.measured_at, default=None)
        return last.anchor if last else None
