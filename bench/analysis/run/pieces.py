"""What one more chunk of a stream, or one more message over a WebSocket, costs: the slope between few and many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bench.analysis.run.figures import Allocations, CaseSummary, CheckedFigure, Standing, Summary
from bench.model.workload import Case
from bench.stats.intervals import Estimate, estimate

_DIGITS = "0123456789"


@dataclass(frozen=True)
class PieceCost:
    """Two cases of one target that differ in the number of their pieces alone.

    `cpu_us` is the slope between them and `opening_us` what is left without a piece, launch by launch; `added_us` is
    what a piece costs more than the parent's. `counted` are the allocations of a piece, over as many launches as
    both cases have; None where one of both wasn't counted.
    """

    few: Case
    many: Case
    cpu_us: CheckedFigure[Estimate]
    opening_us: CheckedFigure[Estimate]
    added_us: Estimate | None
    counted: Allocations | None

    @property
    def kind(self) -> Literal["chunk", "message"]:
        return "chunk" if self.many.messages is None else "message"

    @property
    def name(self) -> str:
        """What both requests are called, without their numbers."""
        return _family(self.many)


def piece_costs(summary: Summary) -> tuple[PieceCost, ...]:
    """One for each two requests of a target that are called alike but for the number at their end, in the run's order.
    Of more than two, those with the fewest and the most pieces."""
    pairs = _pairs(summary)
    return tuple(_cost(summary, pairs, few, many) for few, many in pairs.values())


Pairs = Mapping[tuple[str, str], tuple[CaseSummary, CaseSummary]]


def _pairs(summary: Summary) -> Pairs:
    """By target and name."""
    found: dict[tuple[str, str], list[CaseSummary]] = {}
    for one in summary.cases.values():
        if one.case.pieces is not None:
            found.setdefault((one.case.target, _family(one.case)), []).append(one)
    ordered = {key: sorted(ones, key=_pieces) for key, ones in found.items()}
    return {key: (ones[0], ones[-1]) for key, ones in ordered.items() if _pieces(ones[0]) < _pieces(ones[-1])}


def _cost(summary: Summary, pairs: Pairs, few: CaseSummary, many: CaseSummary) -> PieceCost:
    slopes = _slopes(few, many)
    cpu_us, opening_us = _figures(few, many, slopes)
    parent = pairs.get((many.case.over or "", _family(many.case)))
    return PieceCost(
        few=few.case,
        many=many.case,
        cpu_us=cpu_us,
        opening_us=opening_us,
        added_us=_added(slopes, _slopes(*parent)) if parent else None,
        counted=_counted(few, many),
    )


def _slopes(few: CaseSummary, many: CaseSummary) -> dict[int, float]:
    """µs a piece, by launch; none where one of both has no valid timing."""
    if few.timing.value is None or many.timing.value is None:
        return {}
    fews, manys = few.timing.value.by_launch, many.timing.value.by_launch
    pieces = _pieces(many) - _pieces(few)
    return {launch: (manys[launch] - fews[launch]) / pieces for launch in sorted(fews.keys() & manys.keys())}


def _figures(
    few: CaseSummary, many: CaseSummary, slopes: Mapping[int, float]
) -> tuple[CheckedFigure[Estimate], CheckedFigure[Estimate]]:
    if few.timing.value is None or many.timing.value is None:
        hole = many.timing if many.timing.value is None else few.timing
        missing: CheckedFigure[Estimate] = CheckedFigure(None, hole.standing, hole.reasons)
        return missing, missing
    if not slopes:
        none: CheckedFigure[Estimate] = CheckedFigure(
            None, Standing.INVALID, (f"{few.case.id} and {many.case.id} have no valid launch in common",)
        )
        return none, none
    fews = few.timing.value.by_launch
    opening = [fews[launch] - _pieces(few) * slope for launch, slope in slopes.items()]
    return CheckedFigure(estimate(list(slopes.values()))), CheckedFigure(estimate(opening))


def _added(own: Mapping[int, float], parents: Mapping[int, float]) -> Estimate | None:
    shared = sorted(own.keys() & parents.keys())
    return estimate([own[launch] - parents[launch] for launch in shared]) if shared else None


def _counted(few: CaseSummary, many: CaseSummary) -> Allocations | None:
    less, more, pieces = few.allocations.value, many.allocations.value, _pieces(many) - _pieces(few)
    if less is None or more is None:
        return None
    return Allocations(
        allocs=(more.allocs - less.allocs) / pieces,
        alloc_bytes=(more.alloc_bytes - less.alloc_bytes) / pieces,
        agree=less.agree and more.agree,
        launches=min(less.launches, more.launches),
    )


def _pieces(one: CaseSummary) -> int:
    return one.case.pieces or 0


def _family(case: Case) -> str:
    return case.request.rstrip(_DIGITS)
