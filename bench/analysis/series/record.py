"""What the record of a package says: its lines over the releases, what is missing, and what was measured twice. Pure.

Of each case those comparisons count that asked what the newest of them asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from packaging.version import Version

from bench.analysis.series.release_figures import ReleaseLine
from bench.analysis.series.release_pairs import PairIndex, Quantity, ReleasePair, of_line
from bench.analysis.series.release_steps import lines
from bench.model.comparison import OF_A_START, judged_metrics
from bench.model.record import RecordedComparison, RecordHeader
from bench.model.record_plan import GATES, PackagePlan
from bench.model.series import LeftOut, SeriesMetric
from bench.stats import two_stage
from bench.stats.two_stage import Change

ATTEMPTS = 3
"""How often two releases are compared by a case that never has a valid figure."""


@dataclass(frozen=True)
class Repeated:
    """A release that was measured against the anchor more than once: what two comparisons in a row said of it."""

    release: str
    quantity: Quantity
    first: Change
    again: Change
    first_at: datetime
    again_at: datetime

    @property
    def agrees(self) -> bool:
        """Whether the interval of the difference contains 0."""
        apart = two_stage.step(self.first, self.again)
        return abs(apart.log_mean) <= apart.log_half


@dataclass(frozen=True)
class PackageRecord:
    """The record of a package: a line a quantity, the releases that are `planned` and of those the ones that are still
    `missing`, those that couldn't be compared, and every comparison, in the order of time."""

    header: RecordHeader
    margin: float
    lines: tuple[ReleaseLine, ...]
    left_out: tuple[LeftOut, ...]
    planned: tuple[str, ...]
    missing: tuple[str, ...]
    repeated: tuple[Repeated, ...]
    comparisons: tuple[RecordedComparison, ...]


def package_record(header: RecordHeader, comparisons: Sequence[RecordedComparison], plan: PackagePlan) -> PackageRecord:
    """What the lines of a file say of what its plan asks for."""
    wanted = planned(header.releases, plan)
    gates = [gate for gate in GATES if plan.of_gate(gate)]
    own = {gate: pairs(comparisons, gate) for gate in gates}
    known = {gate: PairIndex(header.anchor, own[gate]) for gate in gates}
    asked = {gate: quantities(plan, gate) for gate in gates}
    said = {
        release: [known[gate].of_anchor(release, one) for gate in gates for one in asked[gate]]
        for release in wanted
        if release != header.anchor
    }
    return PackageRecord(
        header=header,
        margin=plan.margin,
        lines=tuple(
            line
            for gate in gates
            for line in lines(header.releases, header.anchor, asked[gate], own[gate], plan.margin)
        ),
        left_out=tuple(
            LeftOut(release=release, reason=next(filter(None, (one.pair.reason for one in found if one)), ""))
            for release, found in said.items()
            if found and all(one is not None and one.said is None for one in found)
        ),
        planned=wanted,
        missing=tuple(release for release, found in said.items() if None in found),
        repeated=tuple(_repeated(header, own, plan)),
        comparisons=tuple(comparisons),
    )


def planned(releases: Sequence[str], plan: PackagePlan) -> tuple[str, ...]:
    """Of all releases of a package, oldest first, those that are planned: the first of each X.Y, and the newest."""
    known = [one for one in releases if Version(one) >= Version(plan.since)]
    first: dict[tuple[int, int], str] = {}
    for one in known:
        first.setdefault((Version(one).major, Version(one).minor), one)
    return tuple(dict.fromkeys([*first.values(), *known[-1:]]))


def ordered(*releases: Sequence[str]) -> tuple[str, ...]:
    """All of them once, oldest first."""
    return tuple(sorted({one for some in releases for one in some}, key=Version))


def quantities(plan: PackagePlan, gate: SeriesMetric) -> tuple[Quantity, ...]:
    """What a plan has of a metric that decides: of each case, or of the app that starts as far as it."""
    ids = plan.of_gate(gate)
    if gate in OF_A_START:
        ids = tuple(dict.fromkeys(one.partition(":")[0] for one in ids))
    return tuple(Quantity(id_, metric) for id_ in ids for metric in judged_metrics(gate))


def pairs(comparisons: Sequence[RecordedComparison], gate: SeriesMetric) -> tuple[ReleasePair, ...]:
    """Those by one metric, in the order in which they were measured."""
    own = [one for one in comparisons if one.gate == gate]
    newest = {id_: case.request for one in own for id_, case in one.cases.items()}
    current = (
        one.model_copy(update={"cases": {id_: case for id_, case in one.cases.items() if case.request == newest[id_]}})
        for one in own
    )
    return tuple(map(of_line, current))


def settled(comparisons: Sequence[RecordedComparison], began: datetime) -> list[RecordedComparison]:
    """Without what has no figure and is to be asked once more: another day, or another machine, may have one. It is
    asked once by each call, which `began` at this time, and `ATTEMPTS` times in all."""
    failed = Counter(
        (one.gate, one.base, one.head, id_)
        for one in comparisons
        for id_ in ([""] if one.reason else [id_ for id_, case in one.cases.items() if not case.ratios])
    )

    def final(one: RecordedComparison, id_: str) -> bool:
        return one.measured_at >= began or failed[one.gate, one.base, one.head, id_] >= ATTEMPTS

    return [
        one.model_copy(
            update={"cases": {id_: case for id_, case in one.cases.items() if case.ratios or final(one, id_)}}
        )
        for one in comparisons
        if not one.reason or final(one, "")
    ]


def longest_ago(anchor: str, comparisons: Sequence[RecordedComparison], gate: SeriesMetric) -> tuple[str, ...]:
    """The releases that were compared with the anchor, the one first whose last comparison is the oldest."""
    last = {
        one.head: one.measured_at
        for one in sorted(comparisons, key=lambda one: one.measured_at)
        if one.gate == gate and one.base == anchor and not one.reason
    }
    return tuple(sorted(last, key=lambda release: last[release]))


def _repeated(
    header: RecordHeader, own: Mapping[SeriesMetric, Sequence[ReleasePair]], plan: PackagePlan
) -> Iterator[Repeated]:
    for gate, measured in own.items():
        for quantity in quantities(plan, gate):
            said: dict[str, list[tuple[datetime, Change]]] = {}
            for pair in measured:
                one = pair.quantities.get(quantity)
                if pair.base == header.anchor and pair.measured_at and one and one.found:
                    said.setdefault(pair.head, []).append((pair.measured_at, one.found))
            for release, found in said.items():
                for (first_at, first), (again_at, again) in pairwise(found):
                    yield Repeated(release, quantity, first, again, first_at, again_at)
