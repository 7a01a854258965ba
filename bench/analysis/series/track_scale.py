"""Puts points that were measured against different anchors on one scale, over the bridges between them. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import lru_cache

from bench.model.track import RouteRatio, TrackAnchor, TrackBridge, TrackPoint
from bench.stats import two_stage
from bench.stats.two_stage import Change

_Scale = tuple[str, str]
_Path = tuple[tuple[TrackBridge, bool], ...]


@lru_cache(maxsize=4096)
def change(ratio: RouteRatio) -> Change:
    """What was measured, with its interval."""
    return two_stage.known(ratio.log_ratio, ratio.standard_error, ratio.df, ratio.blocks)


def scale(anchor: TrackAnchor) -> _Scale:
    """What has to be the same of two anchors for their points to be comparable."""
    return anchor.commit, anchor.environment


class Bridged:
    """The bridges of one track."""

    def __init__(self, bridges: Sequence[TrackBridge]) -> None:
        self._bridges = bridges
        self._paths: dict[tuple[_Scale, _Scale], _Path | None] = {}

    def joins(self, older: TrackAnchor, newer: TrackAnchor) -> bool:
        """Whether bridges lead from one anchor to the other."""
        return self._path(scale(older), scale(newer)) is not None

    def between(self, older: TrackPoint, newer: TrackPoint, route: str) -> Change | None:
        """The step of a route from one point to another, with the error of every bridge on the way; None where they
        can't be compared: nothing leads from anchor to anchor, or the route is asked for something else."""
        first, second = older.routes[route], newer.routes[route]
        if first.request != second.request:
            return None
        path = self._path(scale(older.anchor), scale(newer.anchor))
        over = self._over(path, route, first.request)
        if path is None or (path and over is None):
            return None
        return two_stage.step(two_stage.step(over, change(first)) if over else change(first), change(second))

    def against(self, anchor: TrackAnchor, point: TrackPoint, route: str) -> Change | None:
        """A route in a point as a change from this anchor; None where nothing leads there."""
        ratio = point.routes[route]
        path = self._path(scale(point.anchor), scale(anchor))
        over = self._over(path, route, ratio.request)
        if path is None or (path and over is None):
            return None
        return two_stage.step(over, change(ratio)) if over else change(ratio)

    def _over(self, path: _Path | None, route: str, request: str) -> Change | None:
        """How a route changes along a path: None of an empty one, or where a bridge doesn't have it."""
        spans: list[Change] = []
        for one, forward in path or ():
            ratio = one.routes.get(route)
            if ratio is None or ratio.request != request:
                return None
            spans.append(change(ratio) if forward else two_stage.reverse(change(ratio)))
        return two_stage.product(spans) if spans else None

    def _path(self, start: _Scale, end: _Scale) -> _Path | None:
        """Over the fewest bridges; empty where none is needed."""
        if (start, end) not in self._paths:
            self._paths[start, end] = self._searched(start, end)
        return self._paths[start, end]

    def _searched(self, start: _Scale, end: _Scale) -> _Path | None:
        paths: dict[_Scale, _Path] = {start: ()}
        waiting = deque([start])
        while waiting:
            here = waiting.popleft()
            if here == end:
                return paths[here]
            for one in reversed(self._bridges):
                ends = scale(one.older), scale(one.newer)
                for forward, (near, far) in ((True, ends), (False, ends[::-1])):
                    if near == here and far not in paths:
                        paths[far] = (*paths[here], (one, forward))
                        waiting.append(far)
        return None
