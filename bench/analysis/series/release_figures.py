"""The figures of releases, one after another: points, the steps between them, and lines of both."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.version import Version

from bench.analysis.comparison.verdicts import CHANGED
from bench.analysis.series.release_chain import ReleaseChain
from bench.analysis.series.release_pairs import Moved
from bench.analysis.series.steps import Count
from bench.model.comparison import Metric, Result, Verdict
from bench.model.record import RecordedFunction, RecordedProfile
from bench.stats.two_stage import Change


@dataclass(frozen=True)
class ReleasePoint:
    """A case in one release, as a change from the anchor; None where there is no valid one, for the `reason`.

    `off_uvloop` says whether both ran on asyncio's event loop, for want of the usual one; None of the anchor, which ran
    on the loop of each that it was compared with.
    """

    release: str
    found: Change | None
    count: Count | None = None
    reason: str = ""
    off_uvloop: bool | None = None


@dataclass(frozen=True)
class FreshStep:
    """What fresh blocks of two releases, one against the other, say of a quantity: its `result` at the whole margin,
    its allocations if they were counted, the other packages that moved, and in which functions it changed."""

    result: Result
    allocs: Result | None
    moved: Moved
    profile: RecordedProfile | None = None

    @property
    def functions(self) -> tuple[RecordedFunction, ...]:
        """Those that changed most in the direction of the change that was measured; none where the profiles don't show
        that change."""
        if self.profile is None or self.result.ratio is None:
            return ()
        slower = self.result.ratio > 1
        if abs(self.profile.change_us) <= (self.profile.within_us or 0.0) or (self.profile.change_us > 0) != slower:
            return ()
        return tuple(one for one in self.profile.functions if (one.change_us > 0) == slower)


@dataclass(frozen=True)
class ReleaseStep:
    """A quantity from one release to a later one: the `change` is the difference of both changes from the anchor,
    judged at the margin, and `looks` is its verdict at half of that, both among all steps.

    `moved` are the other packages that differ between the stacks that were compared with the anchor. `reason` says why
    there are no fresh blocks, or why they didn't confirm what it looked like.
    """

    case: str
    metric: Metric
    older: str
    newer: str
    change: Result
    looks: Verdict
    allocs: Result | None
    moved: Moved
    fresh: FreshStep | None = None
    reason: str = ""

    @property
    def confirmed(self) -> bool:
        """Whether fresh blocks show a change."""
        return self.fresh is not None and self.fresh.result.verdict in CHANGED

    @property
    def refuted(self) -> bool:
        """Whether it looked changed, and fresh blocks don't show it."""
        looked = self.looks in CHANGED or self.change.verdict in CHANGED
        return looked and self.fresh is not None and not self.confirmed

    @property
    def kept_equal(self) -> Moved:
        """The packages that changed between the stacks that were compared with the anchor, and that fresh blocks had in
        one version: what they did isn't in the fresh blocks."""
        return {} if self.fresh is None else kept_equal(self.moved, self.fresh.moved)

    @property
    def best(self) -> Result:
        """Its size: of fresh blocks where there are some, since no step was selected by them."""
        return self.fresh.result if self.fresh else self.change

    @property
    def best_allocs(self) -> Result | None:
        """Its allocations, of the same stacks as its size."""
        return self.fresh.allocs if self.fresh else self.allocs

    @property
    def best_moved(self) -> Moved:
        """The other packages that differ between the stacks that its size is of."""
        return self.fresh.moved if self.fresh else self.moved

    @property
    def went_back(self) -> tuple[str, ...]:
        """The other packages that are older on its newer side: the newer release excludes the versions of before."""
        return tuple(
            name for name, (old, new) in self.best_moved.items() if old and new and Version(new) < Version(old)
        )

    @property
    def changed(self) -> tuple[Result, ...]:
        """What changed of it."""
        both = (self.best, self.best_allocs)
        return tuple(one for one in both if one is not None and one.verdict in CHANGED)


@dataclass(frozen=True)
class ReleaseLine:
    """One quantity over the releases that were compared, oldest first; `steps` join those that have a valid change, on
    one event loop.

    `whole` is the last of those over the first, judged alone, and `chain` whether the steps explain it; None of fewer
    than two. `anchor_cost` is the median over all pairs, in the metric's unit.
    """

    case: str
    metric: Metric
    points: tuple[ReleasePoint, ...]
    steps: tuple[ReleaseStep, ...]
    whole: ReleaseStep | None = None
    chain: ReleaseChain | None = None
    anchor_cost: float | None = None


def kept_equal(moved: Moved, directly: Moved) -> Moved:
    """The packages that changed from point to point, and that fresh blocks had in one version."""
    return {name: versions for name, versions in moved.items() if name not in directly}
