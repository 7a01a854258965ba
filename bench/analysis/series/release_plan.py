"""Which two releases are measured next, so that every step of a package is found, confirmed and explained. Pure.

Nothing is kept between two questions: what has been measured says what comes next, on any machine, in any session.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from bench.analysis.comparison.verdicts import CHANGED
from bench.analysis.series.bisection import NextComparison
from bench.analysis.series.release_figures import ReleaseLine, ReleaseStep
from bench.analysis.series.release_pairs import PairIndex, Quantity, ReleasePair
from bench.analysis.series.release_steps import lines
from bench.model.comparison import Verdict, judged_metrics

Why = Literal["release", "between", "confirm", "unclear", "chain"]


@dataclass(frozen=True)
class NextPair:
    """The next two releases, and the ids of the cases that are asked, none for all.

    `why` they are: a `release` that was asked for, one that lies `between` two of which a step looks changed, to
    `confirm` such a step, a step that is `unclear`, or the check of the `chain`. `left` is about how many comparisons
    are still to come, this one too.
    """

    base: str
    head: str
    cases: tuple[str, ...]
    why: Why
    left: int

    @property
    def of_anchor(self) -> bool:
        """Whether it is a point of a line: fresh blocks confirm its steps later, so nothing is confirmed in it."""
        return self.why in ("release", "between")

    @property
    def decides(self) -> bool:
        """Whether it says of a step whether that is a change."""
        return self.why in ("confirm", "unclear")

    def comparison(self, margin: float) -> NextComparison:
        """What is asked of whoever compares them: a step that is decided is explained as well."""
        return NextComparison(self.base, self.head, margin, self.cases, self.decides, self.decides)


def next_pair(
    planned: Sequence[str],
    known: Sequence[str],
    anchor: str,
    quantities: Sequence[Quantity],
    pairs: Sequence[ReleasePair],
    margin: float,
) -> NextPair | None:
    """What is measured next; None where nothing is left.

    `planned` are the releases that are asked for, `known` all that exist, oldest first; the quantities are of one gate,
    and pairs of others don't count.
    """
    metrics = {one.metric for one in quantities}
    index = PairIndex(anchor, [one for one in pairs if metrics.intersection(judged_metrics(one.gate))])
    plan = _Plan(tuple(known), anchor, tuple(quantities), index)
    if (ask := plan.release(planned)) is not None:
        return ask
    own = [one for one in known if one == anchor or any(index.of_anchor(one, each) for each in quantities)]
    found = lines(own, anchor, quantities, pairs, margin)
    return plan.step(found) or plan.chain(found)


@dataclass(frozen=True)
class _Plan:
    """What can be asked of some quantities, of which the `index` knows what was asked."""

    known: tuple[str, ...]
    anchor: str
    quantities: tuple[Quantity, ...]
    index: PairIndex

    def release(self, planned: Sequence[str]) -> NextPair | None:
        """The one in the middle of the longest stretch that nothing is known of, but first both ends."""
        open_ = [bool(self._unasked(one, self.quantities)) for one in planned]
        if not any(open_):
            return None
        at = _middle_of_longest(open_)
        cases = self._unasked(planned[at], self.quantities)
        return NextPair(self.anchor, planned[at], self._cases(cases), "release", sum(open_) + 1)

    def step(self, found: Sequence[ReleaseLine]) -> NextPair | None:
        """What decides the largest step that looks changed: the middle of the releases within it, or, of neighbours,
        the two directly. Then the steps that are unclear. An interrupted record so has the largest changes."""
        changing = [one for one in _changing(found) if self._gap(one) or self._unconfirmed(one)]
        if changing:
            first = max(changing, key=_size)
            if gap := self._gap(first):
                middle = gap[len(gap) // 2]
                here = [_quantity(one) for one in changing if middle in self._gap(one)]
                return NextPair(self.anchor, middle, self._cases(here), "between", self._left(found, changing))
            return self._directly(first, found, changing, "confirm")
        unclear = next((one for line in found for one in line.steps if self._unconfirmed(one)), None)
        return self._directly(unclear, found, changing, "unclear") if unclear else None

    def _directly(
        self, first: ReleaseStep, found: Sequence[ReleaseLine], changing: Sequence[ReleaseStep], why: Why
    ) -> NextPair:
        """The two releases of a step, by every case of which the same two are to be decided."""
        steps = [one for line in found for one in line.steps if self._unconfirmed(one)]
        here = [_quantity(one) for one in steps if (one.older, one.newer) == (first.older, first.newer)]
        return NextPair(first.older, first.newer, self._cases(here), why, self._left(found, changing))

    def _left(self, found: Sequence[ReleaseLine], changing: Iterable[ReleaseStep]) -> int:
        """About how many comparisons are still to come: of each span of releases those that halve it, and one of the
        neighbours that are left."""
        spans = {(one.older, one.newer): len(gap) for one in changing if (gap := self._gap(one))}
        unconfirmed = {(one.older, one.newer) for line in found for one in line.steps if self._unconfirmed(one)}
        left = sum(math.ceil(math.log2(length + 1)) + 1 for length in spans.values())
        return left + len(unconfirmed - spans.keys()) + len(self._unchecked(found))

    def chain(self, found: Sequence[ReleaseLine]) -> NextPair | None:
        """The first and the last release that a quantity has."""
        groups = self._unchecked(found)
        if not groups:
            return None
        (older, newer), here = next(iter(groups.items()))
        return NextPair(older, newer, self._cases(here), "chain", len(groups))

    def _unchecked(self, found: Iterable[ReleaseLine]) -> dict[tuple[str, str], list[Quantity]]:
        """By first and last release, the quantities of which the two were never compared directly."""
        groups: dict[tuple[str, str], list[Quantity]] = {}
        for whole in (line.whole for line in found if line.whole):
            if self.index.direct(whole.older, whole.newer, _quantity(whole)) is None:
                groups.setdefault((whole.older, whole.newer), []).append(_quantity(whole))
        return groups

    def _unconfirmed(self, step: ReleaseStep) -> bool:
        wanted = step.looks in CHANGED or step.change.verdict is Verdict.INCONCLUSIVE
        return wanted and self.index.direct(step.older, step.newer, _quantity(step)) is None

    def _gap(self, step: ReleaseStep) -> tuple[str, ...]:
        """The releases between both ends of a step that it was not asked of."""
        older, newer = self.known.index(step.older), self.known.index(step.newer)
        return tuple(one for one in self.known[older + 1 : newer] if self._unasked(one, [_quantity(step)]))

    def _unasked(self, release: str, quantities: Iterable[Quantity]) -> list[Quantity]:
        if release == self.anchor:
            return []
        return [one for one in quantities if self.index.of_anchor(release, one) is None]

    def _cases(self, quantities: Sequence[Quantity]) -> tuple[str, ...]:
        """Their cases, in the order of the plan; none where that is all."""
        ids = {one.case for one in quantities}
        every = dict.fromkeys(one.case for one in self.quantities)
        return () if ids == every.keys() else tuple(one for one in every if one in ids)


def _changing(found: Iterable[ReleaseLine]) -> list[ReleaseStep]:
    return [step for line in found for step in line.steps if step.looks in CHANGED or step.confirmed]


def _quantity(step: ReleaseStep) -> Quantity:
    return Quantity(step.case, step.metric)


def _size(step: ReleaseStep) -> float:
    return abs(math.log(step.best.ratio)) if step.best.ratio else 0.0


def _middle_of_longest(open_: Sequence[bool]) -> int:
    """The index of the first or the last where they are open, and else of the middle of the longest open stretch."""
    if open_[0]:
        return 0
    if open_[-1]:
        return len(open_) - 1
    longest, begun = (0, 0), 0
    for at, one in enumerate([*open_, False]):
        if not one:
            longest, begun = max(longest, (at - begun, -begun)), at + 1
    length, start = longest
    return length // 2 - start
