"""What a comparison of two releases says, whether it was just measured or is read from a record. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple, cast

from bench.analysis.comparison.launches import costs
from bench.analysis.comparison.verdicts import differing, off_uvloop
from bench.analysis.series.steps import AnchoredCase, Count, anchored
from bench.model.comparison import Comparison, Metric, judged_metrics
from bench.model.record import RecordedCase, RecordedComparison, RecordedProfile
from bench.model.series import AskedComparison, SeriesMetric, Sweep
from bench.stats import two_stage

Moved = Mapping[str, tuple[str | None, str | None]]
"""The packages whose versions differ, base and head; None where a side lacks one."""


class Quantity(NamedTuple):
    """What a line over releases shows: one metric of a case."""

    case: str
    metric: Metric


@dataclass(frozen=True)
class ReleasePair:
    """Two releases: of each quantity its change, or why there is none, and what the base costs, in the metric's unit.

    `moved` are all packages that differ but the one that is followed. `reason` says why the two couldn't be compared:
    there are no quantities then. `profiles` say in which functions cases changed.
    """

    base: str
    head: str
    gate: SeriesMetric
    quantities: Mapping[Quantity, AnchoredCase]
    costs: Mapping[Quantity, float] = field(default_factory=dict)
    moved: Moved = field(default_factory=dict)
    off_uvloop: bool = False
    profiles: tuple[RecordedProfile, ...] = ()
    reason: str = ""
    measured_at: datetime | None = None


@dataclass(frozen=True)
class PairedQuantity:
    """What one pair says of one quantity; `said` is None of a pair that couldn't be compared at all."""

    pair: ReleasePair
    said: AnchoredCase | None

    @property
    def valid(self) -> bool:
        return self.said is not None and self.said.found is not None


class PairIndex:
    """Pairs by what was compared, in the order in which they were measured.

    A point of a line is the first valid comparison with the anchor: what is measured again later doesn't move it, and
    is as fresh as any direct comparison where the anchor is the older of two neighbours.
    """

    def __init__(self, anchor: str, pairs: Iterable[ReleasePair]) -> None:
        self._anchor = anchor
        self._pairs: dict[tuple[str, str], list[ReleasePair]] = {}
        for one in pairs:
            self._pairs.setdefault((one.base, one.head), []).append(one)

    def of_anchor(self, release: str, quantity: Quantity) -> PairedQuantity | None:
        """The comparison of a release with the anchor that counts for a quantity; None where nobody asked yet."""
        found = list(self._of(self._anchor, release, quantity))
        return next((one for one in found if one.valid), found[0] if found else None)

    def direct(self, older: str, newer: str, quantity: Quantity) -> PairedQuantity | None:
        """The newest comparison of two releases for their own sake, a valid one if there is any."""
        found = list(self._of(older, newer, quantity))
        if older == self._anchor:
            point = next((at for at, one in enumerate(found) if one.valid), len(found))
            found = found[point + 1 :]
        return next((one for one in reversed(found) if one.valid), found[-1] if found else None)

    def anchor_pairs(self, quantity: Quantity) -> list[ReleasePair]:
        """Every pair whose base is the anchor and that has a quantity."""
        return [
            one
            for (base, _), own in self._pairs.items()
            if base == self._anchor
            for one in own
            if quantity in one.quantities
        ]

    def _of(self, base: str, head: str, quantity: Quantity) -> Iterator[PairedQuantity]:
        for one in self._pairs.get((base, head), ()):
            if quantity in one.quantities:
                yield PairedQuantity(one, one.quantities[quantity])
            elif one.reason and quantity.metric in judged_metrics(one.gate):
                yield PairedQuantity(one, None)


def of_comparison(comparison: Comparison, base: str, head: str) -> ReleasePair:
    """What a comparison of two releases of a series says."""
    cases = dict.fromkeys([*(one.id for one in comparison.cases), *(one.case for one in comparison.absences)])
    known = {metric: costs(comparison, "base", metric) for metric in comparison.judged}
    differ = differing(comparison.base.stack, comparison.head.stack)
    return ReleasePair(
        base=base,
        head=head,
        gate=cast(SeriesMetric, comparison.gate),
        quantities={
            Quantity(case, metric): anchored(case, comparison, metric) for case in cases for metric in comparison.judged
        },
        costs={Quantity(case, metric): cost for metric, own in known.items() for case, cost in own.items()},
        moved={
            name: both for name, both in differ.items() if name not in comparison.base.names or both != (base, head)
        },
        off_uvloop=bool(off_uvloop(comparison)),
        measured_at=comparison.started_at,
    )


def of_line(line: RecordedComparison) -> ReleasePair:
    """What a line of a record says."""
    metrics = judged_metrics(line.gate)
    return ReleasePair(
        base=line.base,
        head=line.head,
        gate=line.gate,
        quantities={
            Quantity(id_, metric): _recorded(case, metric) for id_, case in line.cases.items() for metric in metrics
        },
        costs={
            Quantity(id_, metric): case.costs[metric]
            for id_, case in line.cases.items()
            for metric in metrics
            if metric in case.costs
        },
        moved=line.moved,
        off_uvloop=line.off_uvloop,
        profiles=line.profiles,
        reason=line.reason,
        measured_at=line.measured_at,
    )


def of_sweep(
    sweep: Sweep,
    comparisons: Mapping[str, Comparison],
    direct: Sequence[tuple[AskedComparison, Comparison]],
    profiles: Mapping[str, tuple[RecordedProfile, ...]] = MappingProxyType({}),
) -> tuple[ReleasePair, ...]:
    """All that a sweep has compared, and what it couldn't; `comparisons` are those with the anchor by release, and
    `profiles` those of direct ones by their ids."""
    gate, anchor = sweep.words.metric, sweep.anchored
    refused = (
        *((anchor, one.release, one.reason) for one in sweep.left_out),
        *((one.base, one.head, one.reason) for one in sweep.not_compared),
    )
    return (
        *(of_comparison(one, anchor, release) for release, one in comparisons.items()),
        *(
            replace(of_comparison(comparison, one.base, one.head), profiles=profiles.get(one.comparison, ()))
            for one, comparison in direct
        ),
        *(ReleasePair(base, head, gate, {}, reason=reason) for base, head, reason in refused),
    )


def _recorded(case: RecordedCase, metric: Metric) -> AnchoredCase:
    count = None
    if case.allocs is not None:
        low, high = case.allocs.low, case.allocs.high
        count = Count(case.allocs.base * (low + high) / 2, low, high)
    ratio = case.ratios.get(metric)
    if ratio is None:
        return AnchoredCase(None, count, case.reason or "was not measured")
    return AnchoredCase(two_stage.known(*ratio), count)
