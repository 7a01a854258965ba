"""A track as data for scripts: what its newest point says of each route, and every confirmed step."""

from __future__ import annotations

from typing import Self

from bench.analysis.series.track import TrackedLine, TrackStep
from bench.model.base import Record
from bench.model.track import TrackPoint
from bench.report.words.track import TrackNarrative, sentences
from bench.stats.two_stage import Change


class ChangeFound(Record):
    """How a route's CPU time changed, with its 99% interval."""

    ratio: float
    ci_low: float
    ci_high: float
    blocks: int

    @classmethod
    def of(cls, change: Change) -> Self:
        return cls(ratio=change.ratio, ci_low=change.low, ci_high=change.high, blocks=change.blocks)


class TrackStepFound(Record):
    """From one commit to the next; `change` is that of fresh blocks where there are some."""

    route: str
    older: str
    newer: str
    change: ChangeFound
    looks: str
    confirmed: bool
    reason: str


class TrackedRouteFound(Record):
    """A route since the anchor: in all, and without the confirmed steps, with the verdict of that; None of what the
    newest point hasn't got."""

    route: str
    since_anchor: ChangeFound | None
    unexplained: ChangeFound | None
    unexplained_verdict: str | None


class TrackFound(Record):
    """The whole track; `said` is what its page begins with, `steps` those to the point, `marked` all confirmed ones."""

    point: TrackPoint
    points: int
    said: tuple[str, ...]
    slower: bool
    steps: tuple[TrackStepFound, ...]
    marked: tuple[TrackStepFound, ...]
    routes: tuple[TrackedRouteFound, ...]


def json_text(found: TrackNarrative) -> str:
    """Everything, as JSON."""
    made = TrackFound(
        point=found.point,
        points=len(found.track.points),
        said=tuple(sentences(found)),
        slower=found.slower,
        steps=tuple(map(_step, found.steps)),
        marked=tuple(map(_step, found.marked)),
        routes=tuple(map(_route, found.lines)),
    )
    return made.model_dump_json(indent=1) + "\n"


def _step(step: TrackStep) -> TrackStepFound:
    return TrackStepFound(
        route=step.route,
        older=step.older.commit,
        newer=step.newer.commit,
        change=ChangeFound.of(step.best),
        looks=step.looks.verdict,
        confirmed=step.confirmed,
        reason=step.reason,
    )


def _route(line: TrackedLine) -> TrackedRouteFound:
    return TrackedRouteFound(
        route=line.route,
        since_anchor=ChangeFound.of(line.whole) if line.whole else None,
        unexplained=ChangeFound.of(line.unexplained) if line.unexplained else None,
        unexplained_verdict=line.unexplained_judged.verdict if line.unexplained_judged else None,
    )
