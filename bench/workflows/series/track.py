"""Tracks an app from commit to commit: HEAD against the file's anchor, the anchor against an older one where it is new,
and once more against the commit before it what looks changed. Every comparison is kept before the next one begins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from bench.analysis.series import track as analysis
from bench.analysis.series import track_points
from bench.analysis.series.track_scale import scale
from bench.model.app_version import RouteChanges
from bench.model.comparison import Comparison
from bench.model.errors import UsageError
from bench.model.track import FreshPairing, Track, TrackAnchor, TrackPoint
from bench.runner.agent_process import AgentError
from bench.stack.git import ancestry
from bench.stack.git.checkout import PREFIX, names_version
from bench.stack.uv import StackError
from bench.store import track as store
from bench.store.redaction import placeless

HEAD = "git:HEAD"
_FAILURES = (StackError, UsageError, AgentError)


class CompareVersions(Protocol):
    """A complete comparison of two `git:REF` at a margin, of all cases or of these. Raises StackError, UsageError and
    AgentError for what can't be compared."""

    def __call__(self, base: str, head: str, margin: float, cases: tuple[str, ...] = ()) -> Comparison: ...


@dataclass(frozen=True)
class Tracked:
    """The file's track with its new `point`, and what has to be known of it beside the figures."""

    track: Track
    point: TrackPoint
    notes: tuple[str, ...]


class NothingValidError(Exception):
    """No route of HEAD has a valid figure: nothing is appended."""


@dataclass(frozen=True)
class Tracker:
    """Adds the app in a folder at HEAD to what a file has, which is `known`. `anchor` is what it is measured against,
    None for what the file has, or else the last tag. `begins` gets the comparison that is next, and how many there are
    still to come."""

    known: Track
    app_dir: Path
    file: Path
    anchor: str | None
    margin: float
    compare: CompareVersions
    begins: Callable[[str, int], None]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def track(self) -> Tracked:
        """The file with a point more. Raises StackError, UsageError, AgentError, StoreError, KeyboardInterrupt, and
        NothingValidError."""
        known = self.known
        comparison = self._compared(self._anchor())
        point = track_points.point(comparison, self.now(), known.anchor)
        point = point.model_copy(update={"previous": self._previous(point.commit)})
        if not point.routes:
            raise NothingValidError(next((f"{route}: {why}" for route, why in point.invalid.items()), "no routes"))
        notes = list(self._notes(point, comparison.routes))
        grown = self._kept(track_points.added(known, point))
        if known.anchor is not None and not analysis.bridged(grown, known.anchor, point.anchor):
            grown, note = self._bridge(grown, known.anchor, point.anchor)
            notes += [note] if note else []
        if fresh := tuple(self._fresh(grown, point)):
            point = point.model_copy(update={"fresh": fresh})
            grown = self._kept(track_points.added(grown, point))
        return Tracked(grown, point, tuple(notes))

    def _anchor(self) -> str:
        """Raises StackError and UsageError."""
        if self.anchor is None:
            known = self.known.anchor
            return _words(known.commit) if known else ancestry.last_tag(self.app_dir)
        if not names_version(self.anchor) or self.anchor == PREFIX:
            raise UsageError(f"--anchor {self.anchor}: write git:REF, a tag or a commit, e.g. git:v1.0")
        return ancestry.lasting(self.anchor, self.app_dir)

    def _previous(self, commit: str) -> str:
        """The commit of the last point in the history of one; "" where there is none."""
        return ancestry.last_of({one.commit for one in self.known.points}, self.app_dir, commit)

    def _compared(self, words: str) -> Comparison:
        """HEAD against its anchor."""
        kept = self.known.anchor if self.anchor is None else None
        self.begins(f"{kept.named if kept else words} and {HEAD}", 1)
        try:
            return self.compare(words, HEAD, self.margin)
        except (StackError, UsageError) as error:
            if kept is None or not str(error).startswith(words):
                raise
            reason = f"{kept.named}, the anchor of {self.file.name}, can't be measured: {error}"
            raise StackError(f"{reason}; or name another: --anchor git:REF") from error

    def _notes(self, point: TrackPoint, routes: RouteChanges | None) -> Iterator[str]:
        anchor, commit = point.anchor, point.commit[:8]
        if ancestry.uncommitted(self.app_dir, self.file):
            yield f"Uncommitted changes are not measured: the point is commit `{commit}`."
        if not ancestry.descends(self.app_dir, anchor.commit, point.commit):
            yield f"`{anchor.named}` is not in the history of HEAD: what only the anchor has counts as a change too."
        if routes and routes.added:
            which = f"`{routes.added[0]}`" if len(routes.added) == 1 else f"{len(routes.added)} routes"
            yield f"Not in `{anchor.named}`, and so without points: {which}. A newer --anchor would have them."
        if not point.previous and any(one.commit != point.commit for one in self.known.points):
            yield "No point of the file is in the history of HEAD: there is nothing to compare it with but the anchor."
        if any(one.commit == point.commit for one in self.known.points):
            yield f"The file had a point for `{commit}`; this one replaces it."

    def _bridge(self, grown: Track, older: TrackAnchor, newer: TrackAnchor) -> tuple[Track, str]:
        """With a bridge from one anchor to the other; or as it is, and why."""
        if older.commit == newer.commit:
            return grown, (
                f"`{older.named}` has other packages or another Python than at the last point: no step is judged from "
                "there to here. A lock file keeps them."
            )
        self.begins(f"{older.named} and {newer.named}", 1)
        try:
            comparison = self.compare(_words(older.commit), _words(newer.commit), self.margin)
        except _FAILURES as error:
            return grown, f"No bridge from `{older.named}`, so the lines begin anew: {placeless(str(error))}"
        bridge = track_points.bridge(comparison, self.now(), newer)
        if scale(bridge.older) != scale(older):
            return grown, f"No bridge from `{older.named}`, which has other packages now: the lines begin anew."
        return self._kept(track_points.joined(grown.points, (*grown.bridges, bridge))), ""

    def _fresh(self, grown: Track, point: TrackPoint) -> Iterator[FreshPairing]:
        """What fresh blocks say of the routes that look changed; where there can be none, why not."""
        for older, routes in analysis.suspects(grown, point.commit).items():
            self.begins(f"{PREFIX}{older[:8]} and {HEAD} to confirm", 1)
            try:
                comparison = self.compare(_words(older), HEAD, self.margin, routes)
            except _FAILURES as error:
                yield track_points.unmeasured(point, older, routes, placeless(str(error)))
            else:
                yield track_points.fresh(comparison, self.now())

    def _kept(self, grown: Track) -> Track:
        """Raises StoreError."""
        store.save(self.file, grown)
        return grown


def _words(commit: str) -> str:
    """A commit as a comparison is asked for it."""
    return f"{PREFIX}{commit[:12]}"
