"""What a track says: of each route a line over the commits, its steps, and what it changed by since the anchor.

A step is looked for between neighbours, both of which were compared with an anchor, maybe on different machines: what
exceeds half of the margin there, among all routes of the same two commits (Holm), looks changed. Fresh blocks of both
commits, one against the other on one machine, then decide whether the change is beyond the margin. Half of the margin,
since two kinds of machines don't agree on a ratio within a few tenths of a percent, and nothing that is beyond the
margin is to be missed. Pure functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.analysis.comparison.verdicts import CHANGED
from bench.analysis.series.steps import SCREENED, JudgedStep, judged
from bench.analysis.series.track_scale import Bridged, change
from bench.model.track import Track, TrackAnchor, TrackPoint
from bench.stats import two_stage
from bench.stats.two_stage import Change

RECENT = 100
"""Of how many points a track tells."""


@dataclass(frozen=True)
class TrackedPoint:
    """A route at a commit, as a change from the newest anchor, or from its own where no bridge leads there; points of
    one `segment` are on one scale. None where there is no valid figure, for the `reason`."""

    point: TrackPoint
    found: Change | None
    segment: int
    reason: str = ""


@dataclass(frozen=True)
class TrackStep:
    """A route from one commit to the next that has it: the difference of both changes, what it looks like among all
    routes, and what fresh blocks of the two commits say, None where there are none, for the `reason`."""

    route: str
    older: TrackPoint
    newer: TrackPoint
    found: Change
    looks: JudgedStep
    fresh: Change | None = None
    reason: str = ""

    @property
    def suspected(self) -> bool:
        """Whether it looks changed by more than can be chance."""
        return self.looks.verdict in CHANGED

    @property
    def confirmed(self) -> bool:
        """Whether fresh blocks show it too, and beyond the margin."""
        margin = self.newer.margin_of(self.route)
        return self.suspected and self.fresh is not None and two_stage.confirms(self.fresh, self.looks.verdict, margin)

    @property
    def best(self) -> Change:
        """Its size: of fresh blocks where there are some, since no step was selected by them."""
        return self.fresh or self.found


@dataclass(frozen=True)
class TrackedLine:
    """One route over the commits, oldest first. `whole` is its newest change from the anchor, None where the newest
    point hasn't got it; `unexplained` is what of that no confirmed step explains. Each has its verdict among all
    routes."""

    route: str
    points: tuple[TrackedPoint, ...]
    steps: tuple[TrackStep, ...]
    whole: Change | None = None
    whole_judged: JudgedStep | None = None
    unexplained: Change | None = None
    unexplained_judged: JudgedStep | None = None

    @property
    def marked(self) -> tuple[TrackStep, ...]:
        """The confirmed steps."""
        return tuple(step for step in self.steps if step.confirmed)

    @property
    def differs(self) -> bool:
        """Whether the route differs from the anchor by more than its confirmed steps. One that a step brought back to
        what the anchor costs doesn't, wherever it was between them."""
        whole, rest = self.whole_judged, self.unexplained_judged
        return whole is not None and rest is not None and whole.verdict in CHANGED and whole.verdict is rest.verdict


def history(track: Track, commit: str) -> Track:
    """A commit's point and those in its history, oldest first: other branches may have points in the same file."""
    places = {one.commit: place for place, one in enumerate(track.points)}
    chain: list[int] = []
    place = places.get(commit)
    while place is not None and place not in chain:
        chain.append(place)
        previous = track.points[place].previous
        before = place - 1 if place else None
        place = before if previous is None else places.get(previous)
    return Track(tuple(track.points[place] for place in reversed(chain)), track.bridges)


def lines(track: Track) -> tuple[TrackedLine, ...]:
    """By route in the order of the newest point, then those that only older ones have; of the newest `RECENT` points,
    although every confirmed step explains some of a route's change from the anchor."""
    if not track.points:
        return ()
    bridges, newest, recent = Bridged(track.bridges), track.points[-1], track.points[-RECENT:]
    routes = dict.fromkeys(route for one in reversed(recent) for route in (*one.routes, *one.invalid))
    looked_at = {one.commit for one in track.points if one.fresh} | {one.commit for one in recent}
    steps: dict[str, list[TrackStep]] = {route: [] for route in routes}
    for point, olders in _pairs(track):
        for step in _steps(point, olders, bridges) if point.commit in looked_at else ():
            steps.setdefault(step.route, []).append(step)
    wholes = {route: change(ratio) for route, ratio in newest.routes.items()}
    unexplained = {route: _unexplained(whole, newest, steps[route]) for route, whole in wholes.items()}
    margins = {route: newest.margin_of(route) for route in wholes}
    wholes_judged, unexplained_judged = judged(wholes, margins), judged(unexplained, margins)
    return tuple(
        TrackedLine(
            route,
            _points(recent, route, bridges, steps[route]),
            tuple(step for step in steps[route] if step.newer.committed_at >= recent[0].committed_at),
            wholes.get(route),
            wholes_judged.get(route),
            unexplained.get(route),
            unexplained_judged.get(route),
        )
        for route in routes
    )


def suspects(track: Track, commit: str) -> dict[str, tuple[str, ...]]:
    """The routes that look changed in a commit, by the commit before it that has them."""
    point, olders = next(pair for pair in _pairs(history(track, commit)) if pair[0].commit == commit)
    found: dict[str, list[str]] = {}
    for step in _steps(point, olders, Bridged(track.bridges)):
        if step.suspected:
            found.setdefault(step.older.commit, []).append(step.route)
    return {older: tuple(routes) for older, routes in found.items()}


def bridged(track: Track, older: TrackAnchor, newer: TrackAnchor) -> bool:
    """Whether points against both anchors can be compared."""
    return Bridged(track.bridges).joins(older, newer)


def _pairs(track: Track) -> Iterator[tuple[TrackPoint, Mapping[str, TrackPoint]]]:
    """Every point, and by route the last one before it that has the route."""
    olders: dict[str, TrackPoint] = {}
    for point in track.points:
        yield point, olders
        olders |= dict.fromkeys(point.routes, point)


def _steps(point: TrackPoint, olders: Mapping[str, TrackPoint], bridges: Bridged) -> tuple[TrackStep, ...]:
    """Those of all routes of a commit, judged together: what it was called doesn't change as others follow."""
    found = {
        route: step
        for route in point.routes
        if route in olders and (step := bridges.between(olders[route], point, route)) is not None
    }
    looks = judged(found, {route: SCREENED * point.margin_of(route) for route in found})
    return tuple(_step(route, olders[route], point, step, looks[route]) for route, step in found.items())


def _step(route: str, older: TrackPoint, newer: TrackPoint, found: Change, looks: JudgedStep) -> TrackStep:
    if looks.verdict not in CHANGED:
        return TrackStep(route, older, newer, found, looks)
    again = next((one for one in newer.fresh if one.since == older.commit), None)
    if again is None:
        reason = f"{older.commit[:8]} wasn't measured against {newer.commit[:8]}"
        return TrackStep(route, older, newer, found, looks, reason=reason)
    if (ratio := again.routes.get(route)) is None:
        return TrackStep(route, older, newer, found, looks, reason=again.invalid.get(route, "wasn't measured again"))
    made = TrackStep(route, older, newer, found, looks, change(ratio))
    if made.confirmed:
        return made
    reason = f"{ratio.blocks} new blocks of both commits did not confirm it"
    return TrackStep(route, older, newer, found, looks, change(ratio), reason)


def _points(
    recent: Sequence[TrackPoint], route: str, bridges: Bridged, steps: Iterable[TrackStep]
) -> tuple[TrackedPoint, ...]:
    newest, segment = recent[-1].anchor, 0
    joined = {step.newer.commit for step in steps}
    made: list[TrackedPoint] = []
    for point in recent:
        if route in point.routes:
            segment += bool(made) and point.commit not in joined
            own = change(point.routes[route])
            made.append(TrackedPoint(point, bridges.against(newest, point, route) or own, segment))
        elif route in point.invalid:
            made.append(TrackedPoint(point, None, segment, point.invalid[route]))
    return tuple(made)


def _unexplained(whole: Change, newest: TrackPoint, steps: Iterable[TrackStep]) -> Change:
    """What a change from the anchor is without the confirmed steps since then, each by its own fresh blocks."""
    for step in steps:
        if step.confirmed and step.fresh and step.newer.committed_at > newest.anchor.committed_at:
            whole = two_stage.step(step.fresh, whole)
    return whole
