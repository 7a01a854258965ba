"""A track in words: what the newest commit changed, and what differs from the anchor beyond that."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.analysis.series.track import TrackedLine, TrackStep, history, lines
from bench.model.track import Track, TrackPoint
from bench.stats.two_stage import Change
from bench.text.numbers import MINUS, changed_by, counted, listed, number, share
from bench.text.sparkline import sparkline

_NAMED = 3
_BARS = 30
"""How many points a line of characters has."""


@dataclass(frozen=True)
class TrackNarrative:
    """A track, what it says of each route, and the `point` that is described: the one that was just measured, or else
    the newest. The track has the points in its history, and `elsewhere` is how many others the file has. `notes` are
    what has to be known beside it."""

    track: Track
    point: TrackPoint
    lines: tuple[TrackedLine, ...]
    elsewhere: int = 0
    notes: tuple[str, ...] = ()

    @property
    def steps(self) -> list[TrackStep]:
        """To the point, of every route."""
        return [step for line in self.lines for step in line.steps if step.newer.commit == self.point.commit]

    @property
    def confirmed(self) -> list[TrackStep]:
        """What the point changed, the largest change first."""
        return sorted((step for step in self.steps if step.confirmed), key=lambda step: -_size(step.best))

    @property
    def unconfirmed(self) -> list[TrackStep]:
        """What only looks changed in it."""
        return [step for step in self.steps if step.suspected and not step.confirmed]

    @property
    def marked(self) -> list[TrackStep]:
        """Every confirmed step of the points that are shown, the newest commit first."""
        found = [step for line in self.lines for step in line.marked]
        return sorted(found, key=lambda step: (step.newer.committed_at, _size(step.best)), reverse=True)

    @property
    def unexplained(self) -> list[TrackedLine]:
        """What differs from the anchor by more than its confirmed steps: what is slower first, by size."""
        found = [line for line in self.lines if line.differs and line.whole]
        return sorted(found, key=lambda line: (line.whole is None or line.whole.log_mean < 0, -_size(line.whole)))

    @property
    def slower(self) -> bool:
        """Whether the point made a route slower."""
        return any(step.best.log_mean > 0 for step in self.confirmed)

    @property
    def machines(self) -> Counter[str]:
        """How many points are of which machine, by fingerprint."""
        return Counter(one.machine.fingerprint for one in self.track.points)


def narrative(track: Track, point: TrackPoint | None = None, notes: Sequence[str] = ()) -> TrackNarrative:
    """Raises ValueError for a track without a point."""
    if not track.points:
        raise ValueError("a track without points says nothing")
    point = point or track.points[-1]
    own = history(track, point.commit)
    return TrackNarrative(own, point, lines(own), len(track.points) - len(own.points), tuple(notes))


def title(found: TrackNarrative) -> str:
    """`1a2b3c4d against git:v1.0`."""
    return f"{short(found.point)} against {found.point.anchor.named}"


def sentences(found: TrackNarrative) -> list[str]:
    """What the point changed, what only looks changed, what no confirmed step explains, what wasn't measured, how many
    points there are, and the notes."""
    return [
        _changed(found),
        *_unconfirmed(found),
        *_unexplained(found),
        *_invalid(found),
        _counted(found),
        *found.notes,
    ]


def short(point: TrackPoint) -> str:
    """A commit as people read it."""
    return point.commit[:8]


def by(change: Change) -> str:
    """`4.1% slower`."""
    return f"{changed_by(change.ratio).lstrip('+' + MINUS)} {'slower' if change.log_mean > 0 else 'faster'}"


def within(change: Change) -> str:
    """`+3.4% to +4.8%`."""
    return f"{changed_by(change.low)} to {changed_by(change.high)}"


def drawn(line: TrackedLine, margin: float) -> str:
    """A route's newest points as a line of characters."""
    values = [point.found.log_mean if point.found else None for point in line.points[-_BARS:]]
    return sparkline(values, -2 * math.log1p(margin), 2 * math.log1p(margin))


def _changed(found: TrackNarrative) -> str:
    if found.confirmed:
        said = [f"`{step.route}` is {by(step.best)} ({within(step.best)})" for step in found.confirmed[:_NAMED]]
        more = len(found.confirmed) - _NAMED
        said += [f"{more} more routes changed" if more > 1 else "1 more route changed"] if more > 0 else []
        return f"`{short(found.point)}` against {_before(found.confirmed)}: {listed(said)}."
    margin = share(found.point.margin)
    if found.steps:
        return f"No confirmed change of {margin} or more in `{short(found.point)}` against {_before(found.steps)}."
    routes = len(found.point.routes)
    return (
        f"`{short(found.point)}`: {number(routes, 0)} {'route' if routes == 1 else 'routes'} measured against "
        f"`{found.point.anchor.named}`; no earlier point to compare with."
    )


def _before(steps: Sequence[TrackStep]) -> str:
    olders = {step.older.commit: short(step.older) for step in steps}
    return listed([f"`{name}`" for name in list(olders.values())[:_NAMED]])


def _unconfirmed(found: TrackNarrative) -> Iterator[str]:
    for step in found.unconfirmed[:_NAMED]:
        yield f"`{step.route}` looks {by(step.found)}, but that is not confirmed: {step.reason}."
    if (more := len(found.unconfirmed) - _NAMED) > 0:
        yield f"{more} more {'routes look' if more > 1 else 'route looks'} changed, without confirmation."


def _unexplained(found: TrackNarrative) -> Iterator[str]:
    anchor = found.track.points[-1].anchor.named
    unconfirmed = ", without a confirmed step" if len(found.track.points) > 1 else ""
    for line in found.unexplained[:_NAMED]:
        if line.whole is not None:
            beside = "; its confirmed steps explain only a part" if line.marked else unconfirmed
            yield f"`{line.route}` is {by(line.whole)} than `{anchor}` ({within(line.whole)}){beside}."
    if (more := len(found.unexplained) - _NAMED) > 0:
        yield f"{more} more {'routes differ' if more > 1 else 'route differs'} from `{anchor}`{unconfirmed}."


def _invalid(found: TrackNarrative) -> Iterator[str]:
    if many := len(found.point.invalid):
        yield f"{many} {'routes have' if many > 1 else 'route has'} no valid figure; the reasons are below."


def _counted(found: TrackNarrative) -> str:
    points, machines, steps = len(found.track.points), len(found.machines), len(found.marked)
    others = f"; {counted(found.elsewhere, 'point')} not in the history of this one" if found.elsewhere else ""
    return (
        f"{points} {'points' if points > 1 else 'point'} from {machines} {'machines' if machines > 1 else 'machine'}, "
        f"{steps or 'no'} confirmed {'step' if steps == 1 else 'steps'}{others}."
    )


def _size(change: Change | None) -> float:
    return abs(change.log_mean) if change else 0.0
