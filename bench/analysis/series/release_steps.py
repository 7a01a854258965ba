"""What releases cost, one after another: of each quantity a line, its steps, and what confirms them.

A step is looked for between neighbours, both of which were compared with one anchor (`steps.py`). What
exceeds half of the margin there, among all steps of all quantities (Holm), looks changed. Fresh blocks of the two
releases, one against the other, then decide at the whole margin. Half of it, since nothing beyond the margin is to be
missed, and anchored comparisons are less sure than direct ones. Pure functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bench.analysis.comparison import counts
from bench.analysis.comparison.results import reported
from bench.analysis.comparison.verdicts import CHANGED
from bench.analysis.series.release_chain import chain
from bench.analysis.series.release_figures import FreshStep, ReleaseLine, ReleasePoint, ReleaseStep, kept_equal
from bench.analysis.series.release_pairs import Moved, PairedQuantity, PairIndex, Quantity, ReleasePair
from bench.analysis.series.steps import SCREENED, Count, JudgedStep, judged
from bench.model.comparison import Result, Verdict
from bench.stats import two_stage
from bench.stats.two_stage import UNCHANGED, Change
from bench.text.numbers import listed


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


def _equal_there(moved: Moved, directly: Moved) -> str:
    """The newer side keeps what the older one has."""
    equal = [f"{name} {old}" if old else f"no {name}" for name, (old, _) in kept_equal(moved, directly).items()]
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
        # The way forward again is measured with the older packages on both sides: it doesn't undo the way back.
        own = [one for one in steps if one.confirmed and not one.went_back]
        product = [one for step in own if (one := self._fresh_change(quantity, step.older, step.newer))]
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
