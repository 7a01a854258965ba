"""What releases cost, one after another: of each quantity a line, its steps, and what confirms them.

A step is looked for between neighbours, both of which were compared with one anchor (`bench.analysis.steps`). What
exceeds half of the margin there, among all steps of all quantities (Holm), looks changed. Fresh blocks of the two
releases, one against the other, then decide at the whole margin. Half of it, since nothing beyond the margin is to be
missed, and anchored comparisons are less sure than direct ones. Pure functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bench.analysis import counts
from bench.analysis.comparison import CHANGED
from bench.analysis.release_chain import ReleaseChain, chain
from bench.analysis.release_pairs import Moved, PairedQuantity, PairIndex, Quantity, ReleasePair
from bench.analysis.results import reported
from bench.analysis.steps import SCREENED, Count, JudgedStep, judged
from bench.model.comparison import Metric, Result, Verdict
from bench.model.record import RecordedFunction, RecordedProfile
from bench.stats import two_stage
from bench.stats.two_stage import UNCHANGED, Change
from bench.text.numbers import listed


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
        return {} if self.fresh is None else _kept_equal(self.moved, self.fresh.moved)

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


def lines(
    releases: Sequence[str], anchor: str, quantities: Sequence[Quantity], pairs: Sequence[ReleasePair], margin: float
) -> tuple[ReleaseLine, ...]:
    """By quantity in their order, over `releases`, oldest first.

    Give all quantities of one gate at once, and one gate at a time: steps are judged among all that are given (Holm).
    """
    index = PairIndex(anchor, pairs)
    points = {one: tuple(_points(one, releases, anchor, index)) for one in quantities}
    ends = {
        (quantity, newer.release): (older, newer)
        for quantity, own in points.items()
        for older, newer in _neighbours([one for one in own if one.found])
    }
    found = {key: _between(*pair) for key, pair in ends.items()}
    metrics = {key: key[0].metric for key in found}
    judgements = judged(found, dict.fromkeys(found, margin), metrics)
    looks = judged(found, dict.fromkeys(found, SCREENED * margin), metrics)
    made = _Steps(index, anchor, margin)
    steps: dict[Quantity, list[ReleaseStep]] = {one: [] for one in quantities}
    for (quantity, newer), pair in ends.items():
        key = quantity, newer
        steps[quantity].append(made.step(quantity, pair, found[key], judgements[key], looks[key].verdict))
    return tuple(made.line(one, points[one], steps[one]) for one in quantities)


def _points(quantity: Quantity, releases: Sequence[str], anchor: str, index: PairIndex) -> Iterator[ReleasePoint]:
    """Of every release that was compared by a quantity, and of the anchor: no change from itself, by definition."""
    own = {release: index.of_anchor(release, quantity) for release in releases if release != anchor}
    counted = [
        one.said.count.allocs * 2 / (one.said.count.low + one.said.count.high)
        for one in own.values()
        if one and one.said and one.said.count
    ]
    for release in releases:
        if release == anchor:
            count = Count(float(np.mean(counted)), 1.0, 1.0) if counted else None
            yield ReleasePoint(release, UNCHANGED, count)
        elif (one := own[release]) is not None and one.said is not None:
            yield ReleasePoint(release, one.said.found, one.said.count, one.said.reason, one.pair.off_uvloop)


def _kept_equal(moved: Moved, directly: Moved) -> Moved:
    """The packages that changed from point to point, and that new blocks had in one version."""
    return {name: versions for name, versions in moved.items() if name not in directly}


def _equal_there(moved: Moved, directly: Moved) -> str:
    """The newer side keeps what the older one has."""
    equal = [f"{name} {old}" if old else f"no {name}" for name, (old, _) in _kept_equal(moved, directly).items()]
    return f" with {listed(equal)} on both sides" if equal else ""


def _neighbours(known: Sequence[ReleasePoint]) -> Iterator[tuple[ReleasePoint, ReleasePoint]]:
    """Each with the last before it that ran on the same event loop: a step between two loops would be of both."""
    for at, newer in enumerate(known):
        older = next((one for one in reversed(known[:at]) if _on_one_loop(one, newer)), None)
        if older is not None:
            yield older, newer


def _on_one_loop(older: ReleasePoint, newer: ReleasePoint) -> bool:
    return None in (older.off_uvloop, newer.off_uvloop) or older.off_uvloop is newer.off_uvloop


def _between(older: ReleasePoint, newer: ReleasePoint) -> Change:
    if older.found is None or newer.found is None:
        raise ValueError(f"no step from {older.release} to {newer.release}: {older.reason or newer.reason}")
    return two_stage.step(older.found, newer.found)


@dataclass(frozen=True)
class _Steps:
    """Makes steps and lines of points."""

    index: PairIndex
    anchor: str
    margin: float

    def line(self, quantity: Quantity, points: tuple[ReleasePoint, ...], steps: Sequence[ReleaseStep]) -> ReleaseLine:
        known = [one for one in points if one.found]
        cost = self._cost(quantity)
        if len(known) < 2:
            return ReleaseLine(*quantity, points, tuple(steps), anchor_cost=cost)
        ends = known[0], known[-1]
        found = _between(*ends)
        said = two_stage.verdict(found, self.margin)
        whole = self.step(quantity, ends, found, JudgedStep(said), two_stage.verdict(found, SCREENED * self.margin))
        direct = self._fresh_change(quantity, whole.older, whole.newer)
        confirmed = [self._fresh_change(quantity, one.older, one.newer) for one in steps if one.confirmed]
        product = [one for one in confirmed if one]
        checked = chain(quantity, product, direct or found, self.margin, direct=direct is not None)
        return ReleaseLine(*quantity, points, tuple(steps), whole, checked, cost)

    def step(
        self,
        quantity: Quantity,
        ends: tuple[ReleasePoint, ReleasePoint],
        found: Change,
        said: JudgedStep,
        looks: Verdict,
    ) -> ReleaseStep:
        older, newer = ends
        change = reported(*quantity, self.margin, found, said.verdict, said.reasons)
        allocs = None
        if older.count and newer.count:
            allocs = self._allocs(quantity, newer.count.low / older.count.high, newer.count.high / older.count.low)
        moved = self._moved(quantity, older.release, newer.release)
        fresh, reason = self._fresh(quantity, (older.release, newer.release), looks, moved)
        return ReleaseStep(*quantity, older.release, newer.release, change, looks, allocs, moved, fresh, reason)

    def _fresh(
        self, quantity: Quantity, ends: tuple[str, str], looks: Verdict, moved: Moved
    ) -> tuple[FreshStep | None, str]:
        """What a direct comparison says: changed is also what it confirms, by the rule for one question that was put
        before the blocks were measured. What `moved` between the points may be the same there, and was the cause."""
        one = self.index.direct(*ends, quantity)
        if one is None:
            return None, "the two releases were not compared directly"
        if one.said is None or one.said.found is None:
            return None, one.pair.reason if one.said is None else one.said.reason
        found, reason = one.said.found, ""
        said = two_stage.verdict(found, self.margin)
        if looks in CHANGED and two_stage.confirms(found, looks, self.margin):
            said = looks
        elif looks in CHANGED and said not in CHANGED:
            reason = f"{found.blocks} new blocks did not confirm it{_equal_there(moved, one.pair.moved)}"
        count = one.said.count
        return FreshStep(
            reported(*quantity, self.margin, found, said),
            self._allocs(quantity, count.low, count.high) if count else None,
            one.pair.moved,
            next((profile for profile in one.pair.profiles if profile.case == quantity.case), None),
        ), reason

    def _fresh_change(self, quantity: Quantity, older: str, newer: str) -> Change | None:
        one = self.index.direct(older, newer, quantity)
        return one.said.found if one and one.said else None

    def _allocs(self, quantity: Quantity, low: float, high: float) -> Result:
        return counts.judged(quantity.case, "allocs", (low, high), self.margin)

    def _moved(self, quantity: Quantity, older: str, newer: str) -> Moved:
        """The packages that differ between two stacks, by what each has unlike the anchor."""
        first, second = (self._unlike(self.index.of_anchor(one, quantity)) for one in (older, newer))
        both = {
            name: (
                first[name][1] if name in first else second[name][0],
                second[name][1] if name in second else first[name][0],
            )
            for name in sorted(first.keys() | second.keys())
        }
        return {name: versions for name, versions in both.items() if versions[0] != versions[1]}

    @staticmethod
    def _unlike(one: PairedQuantity | None) -> Moved:
        return one.pair.moved if one else {}

    def _cost(self, quantity: Quantity) -> float | None:
        """Of the usual event loop, where there are such pairs."""
        pairs = [one for one in self.index.anchor_pairs(quantity) if quantity in one.costs]
        usual = [one for one in pairs if not one.off_uvloop] or pairs
        return float(np.median([one.costs[quantity] for one in usual])) if usual else None
