"""Synthetic histories of an app whose truth is known: what each route costs at each commit, and on which machine."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from in_stages import in_stages

from bench.analysis.series import track, track_points
from bench.model.environment import PublishedHost
from bench.model.track import FreshPairing, RouteRatio, Track, TrackAnchor, TrackPoint
from bench.stats import two_stage

BEGAN = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
MARGIN = 0.02
HERE, OTHER = "here", "other"


def commit(number: int) -> str:
    return hashlib.sha1(str(number).encode(), usedforsecurity=False).hexdigest()


def anchor(number: int = 0, named: str = "git:v1.0", environment: str = "e0") -> TrackAnchor:
    return TrackAnchor(commit=commit(number), named=named, committed_at=at(number), environment=environment)


def at(number: int) -> datetime:
    return BEGAN + timedelta(days=number)


def machine(name: str = HERE) -> PublishedHost:
    return PublishedHost(fingerprint=name, cpu_model=f"cpu of {name}")


def ratio(change: two_stage.Change, request: str = "r0", allocs: float | None = 1.0) -> RouteRatio:
    return RouteRatio(
        request, round(change.log_mean, 6), round(change.standard_error, 6), change.df, change.blocks, allocs
    )


def exactly(log: float, error: float = 0.002, request: str = "r0") -> RouteRatio:
    return RouteRatio(request, log, error, 15.0, 20, 1.0)


def point(number: int, routes: Mapping[str, RouteRatio], **others: object) -> TrackPoint:
    made: dict[str, object] = {
        "measured_at": at(number) + timedelta(hours=1),
        "machine": machine(),
        "harness_version": "0.1.0",
        "measurement": 1,
        "routes": dict(routes),
        "anchor": anchor(),
        "commit": commit(number),
        "subject": f"Change {number}",
        "committed_at": at(number),
        "margin": MARGIN,
    }
    return TrackPoint.model_validate(made | others)


def fresh(number: int, since: int, routes: Mapping[str, RouteRatio], **others: object) -> FreshPairing:
    made: dict[str, object] = {
        "measured_at": at(number) + timedelta(hours=2),
        "machine": machine(),
        "harness_version": "0.1.0",
        "measurement": 1,
        "routes": dict(routes),
        "since": commit(since),
    }
    return FreshPairing.model_validate(made | others)


@dataclass
class History:
    """Commits 1 to n of routes that cost what `costs` says by route, the anchor 1; the commits of `elsewhere` are
    measured on another machine, whose slower core weighs on both arms, and which bends each ratio a little.

    Blocks differ by 1 to 2%, a route each, one in twenty is slower throughout. Which commits are measured how often
    follows Stein's rule, as in a comparison.
    """

    costs: Mapping[str, Sequence[float]]
    seed: int
    elsewhere: frozenset[int] = frozenset()
    bend: float = 0.005
    rng: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self._noise = {route: self.rng.uniform(0.01, 0.02) for route in self.costs}
        self._bends = {(route, who): self.rng.uniform(-0.5, 0.5) for route in self.costs for who in (HERE, OTHER)}

    def tracked(self) -> Track:
        """Measured commit by commit, and confirmed as `bench track` does it."""
        grown = Track()
        for number in range(1, len(next(iter(self.costs.values()))) + 1):
            who = OTHER if number in self.elsewhere else HERE
            routes = {route: self._paired(route, 0, number, who) for route in self.costs}
            new = point(number, routes, machine=machine(who))
            grown = track_points.added(grown, new)
            for older, suspected in track.suspects(grown, new.commit).items():
                since = next(at for at in range(number) if commit(at) == older)
                again = {route: self._paired(route, since, number, who) for route in suspected}
                new = new.model_copy(update={"fresh": (fresh(number, since, again, machine=machine(who)),)})
                grown = track_points.added(grown, new)
        return grown

    def _paired(self, route: str, base: int, head: int, who: str) -> RouteRatio:
        """One comparison of two commits. What a machine bends is in proportion to nothing: two equal versions too are
        laid out differently in memory, say, and one kind of CPU minds that more than another."""
        slow = 1.6 if who == OTHER else 1.0
        logs = math.log(self._cost(route, head) * slow) - math.log(self._cost(route, base) * slow)
        logs += self.bend * (self._bends[route, who] if base == 0 else 0.0)
        drawn = in_stages(lambda blocks: [self._block(route, logs) for _ in range(blocks)], MARGIN)
        return ratio(two_stage.change(*drawn))

    def _block(self, route: str, logs: float) -> float:
        return logs + self.rng.gauss(0, self._noise[route]) + (0.05 if self.rng.random() < 0.05 else 0.0)

    def _cost(self, route: str, number: int) -> float:
        return self.costs[route][number - 1] if number else 1.0
