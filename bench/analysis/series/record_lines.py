"""What a comparison of two releases adds to a record: one line, rounded. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from bench.analysis.series.release_pairs import ReleasePair
from bench.analysis.series.steps import AnchoredCase, Count, counted
from bench.model.comparison import Comparison
from bench.model.record import (
    RecordedCase,
    RecordedComparison,
    RecordedCount,
    RecordedProfile,
    RecordedRatio,
)

_PLACES = 6
_REASON = 200
"""Characters of why something has no figure."""


def recorded(
    pair: ReleasePair, comparison: Comparison, requests: Mapping[str, str], profiles: Sequence[RecordedProfile] = ()
) -> RecordedComparison:
    """The line of a comparison, of which the `pair` was made; `requests` are digests of what each case asks."""
    return RecordedComparison(
        gate=pair.gate,
        base=pair.base,
        head=pair.head,
        measured_at=comparison.started_at,
        elapsed_s=round(comparison.elapsed_s, 1),
        margin=comparison.margin,
        seed=comparison.seed,
        machine=comparison.host.published,
        harness_version=comparison.harness_version,
        measurement=comparison.measurement,
        off_uvloop=pair.off_uvloop,
        moved=dict(pair.moved),
        cases=dict(_cases(pair, comparison, requests)),
        profiles=tuple(profiles),
    )


def short(reason: str) -> str:
    """As much of a reason as a record keeps."""
    return reason if len(reason) <= _REASON else f"{reason[: _REASON - 1]}…"


def _cases(
    pair: ReleasePair, comparison: Comparison, requests: Mapping[str, str]
) -> Iterator[tuple[str, RecordedCase]]:
    for id_ in dict.fromkeys(quantity.case for quantity in pair.quantities):
        yield id_, _case(id_, pair, comparison, requests.get(id_, ""))


def _case(id_: str, pair: ReleasePair, comparison: Comparison, request: str) -> RecordedCase:
    said = {quantity.metric: one for quantity, one in pair.quantities.items() if quantity.case == id_}
    ratios = {metric: ratio for metric, one in said.items() if (ratio := _ratio(one)) is not None}
    count = next((one.count for one in said.values() if one.count), None)
    return RecordedCase(
        request=request,
        ratios=ratios,
        costs={metric: float(f"{cost:.5g}") for (case, metric), cost in pair.costs.items() if case == id_},
        allocs=_count(id_, comparison, count) if count else None,
        reason=short("; ".join(dict.fromkeys(one.reason for one in said.values() if one.found is None))),
    )


def _ratio(said: AnchoredCase) -> RecordedRatio | None:
    found = said.found
    if found is None:
        return None
    return RecordedRatio(
        log_ratio=round(found.log_mean, _PLACES),
        standard_error=round(found.standard_error, _PLACES),
        df=round(found.df, 2),
        blocks=found.blocks,
    )


def _count(id_: str, comparison: Comparison, count: Count) -> RecordedCount | None:
    base = float(np.mean([one.base_allocs for one in counted(id_, comparison)]))
    return RecordedCount(round(base, 2), round(count.low, _PLACES), round(count.high, _PLACES)) if count.low else None
