"""What a comparison's samples say: per case and metric a ratio, its interval, and the verdict. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bench.model import Verdict
from bench.pairs import AllocationPair, Comparison, PairSample, Result, Stage
from bench.samples import Windows
from bench.statistics import quiet, undisturbed_us
from bench.verdict import FEWEST, Change, blocks_needed, change, holm, improbability, verdict

CHANGED = (Verdict.SLOWER, Verdict.FASTER)
_QUIET_LEAST, _QUIET_SHARE = 3, 0.25
_TRIMMED = 0.2
_WINDOW_US_LEAST = 500.0


@dataclass(frozen=True)
class Blocks:
    """One case's log ratios, a block each, by stage; `disturbed` blocks had too few quiet pairs and are left out."""

    pilot: tuple[float, ...]
    further: tuple[float, ...]
    confirmation: tuple[float, ...]
    disturbed: int

    @property
    def found(self) -> Change | None:
        """The first finding, before any confirmation; None of too few blocks."""
        return change(self.pilot, self.further) if len(self.pilot) >= FEWEST else None

    @property
    def confirmed(self) -> Change | None:
        """The finding of fresh blocks alone, which nothing was chosen by."""
        return change(self.confirmation) if len(self.confirmation) >= FEWEST else None


def blocks(comparison: Comparison) -> dict[str, Blocks]:
    """Every case's blocks, in the order of the cases; without those that were never paired."""
    pairs = [sample for sample in comparison.samples if isinstance(sample, PairSample)]
    if not pairs:
        return {}
    limits = _undisturbed(sample.base for sample in pairs), _undisturbed(sample.head for sample in pairs)
    logs = [(sample, log_ratio(sample, limits)) for sample in pairs]

    def of(case: str, stage: Stage) -> tuple[float, ...]:
        return tuple(log for one, log in logs if one.case == case and one.stage == stage and log is not None)

    return {
        case.id: Blocks(
            of(case.id, "pilot"),
            of(case.id, "further"),
            of(case.id, "confirmation"),
            sum(one.case == case.id and log is None for one, log in logs),
        )
        for case in comparison.cases
        if any(one.case == case.id for one in pairs)
    }


def log_ratio(sample: PairSample, undisturbed: tuple[float, float]) -> float | None:
    """A block's ln(head/base): the mean of its quiet pairs less a fifth at either end; None when hardly any was quiet.

    Which pairs count is chosen by the reference work beside them, never by what they cost. docs/pairing.md has the
    experiment behind this way of summing up.
    """
    mask = quiet(sample.base.reference_us, undisturbed[0]) & quiet(sample.head.reference_us, undisturbed[1])
    if mask.sum() < max(_QUIET_LEAST, _QUIET_SHARE * mask.size):
        return None
    logs = np.log(np.asarray(sample.head.cpu_us)[mask]) - np.log(np.asarray(sample.base.cpu_us)[mask])
    cut = int(_TRIMMED * logs.size)
    return float(np.sort(logs)[cut : logs.size - cut].mean())


def wanting(comparison: Comparison) -> dict[str, int]:
    """How many more blocks each case needs for an interval half as wide as the margin, by its pilot."""
    return {
        id_: needed - len(found.pilot) - len(found.further)
        for id_, found in blocks(comparison).items()
        if len(found.pilot) >= FEWEST
        and (needed := blocks_needed(found.pilot, comparison.margin)) > len(found.pilot) + len(found.further)
    }


def suspects(comparison: Comparison) -> dict[str, int]:
    """The cases that look changed among all that were measured, and how many blocks showed it."""
    found = {id_: one.found for id_, one in blocks(comparison).items()}
    return {
        id_: one.blocks
        for id_, one in found.items()
        if one is not None and _stands(found, comparison.margin)[id_] and verdict(one, comparison.margin) in CHANGED
    }


def gate(found: Sequence[Result]) -> list[Result]:
    """What a comparison is decided by: each case's CPU time."""
    return [one for one in found if one.metric == "cpu_us"]


def moved(comparison: Comparison) -> dict[str, tuple[str | None, str | None]]:
    """Every package whose version differs, base and head; None where a stack hasn't got it."""
    base, head = comparison.base.stack.packages, comparison.head.stack.packages
    return {
        name: (base.get(name), head.get(name))
        for name in sorted(base.keys() | head.keys())
        if base.get(name) != head.get(name)
    }


def results(comparison: Comparison) -> tuple[Result, ...]:
    """Every case's results, of those cases that both stacks can serve alike."""
    seen = blocks(comparison)
    stands = _stands({id_: one.found for id_, one in seen.items()}, comparison.margin)
    broken = {one.case: one.reason for one in comparison.absences if one.kind == "invalid"}
    made: list[Result] = []
    for case in comparison.cases:
        if case.id in broken:
            made.append(_unmeasured(case.id, "cpu_us", comparison.margin, broken[case.id]))
        elif case.id in seen:
            made.append(_time(case.id, seen[case.id], stands.get(case.id, False), comparison))
        made += _allocations(case.id, comparison)
    return tuple(made)


def _time(case: str, seen: Blocks, stands: bool, comparison: Comparison) -> Result:
    margin, found = comparison.margin, seen.found
    if found is None:
        reason = f"core undisturbed in only {len(seen.pilot)} of the pilot's blocks; {FEWEST} at least are needed"
        return _unmeasured(case, "cpu_us", margin, reason)
    if short := _short(case, comparison):
        return _unmeasured(case, "cpu_us", margin, short)
    said = verdict(found, margin)
    reasons: list[str] = []
    if said in CHANGED:
        said, reasons = _upheld(said, stands, seen, margin)
    whole = change(seen.pilot, (*seen.further, *seen.confirmation))
    if seen.disturbed:
        reasons.append(f"{seen.disturbed} blocks on a disturbed core are left out")
    return Result(
        case=case,
        metric="cpu_us",
        ratio=whole.ratio,
        ci_low=whole.low,
        ci_high=whole.high,
        margin=margin,
        verdict=said,
        blocks=whole.blocks,
        valid=True,
        reasons=tuple(reasons),
    )


def _upheld(said: Verdict, stands: bool, seen: Blocks, margin: float) -> tuple[Verdict, list[str]]:
    """A change is reported when it stands among all cases, and fresh blocks show it too."""
    if not stands:
        return Verdict.INCONCLUSIVE, [f"looks {said}, but among so many cases one looks so by chance"]
    again = seen.confirmed
    if again is None:
        return Verdict.INCONCLUSIVE, [f"looks {said}, but no time was left to confirm it; give it a larger --budget"]
    if verdict(again, margin) is not said:
        return Verdict.INCONCLUSIVE, [f"looked {said}, but {again.blocks} fresh blocks did not confirm it"]
    return said, []


def _stands(found: Mapping[str, Change | None], margin: float) -> dict[str, bool]:
    known = {id_: one for id_, one in found.items() if one is not None}
    return dict(zip(known, holm([improbability(one, margin) for one in known.values()]), strict=True))


def _allocations(case: str, comparison: Comparison) -> list[Result]:
    """Counts are compared as they are: no interval, since nothing about them is chance."""
    pairs = [one for one in comparison.samples if isinstance(one, AllocationPair) and one.case == case]
    if not pairs:
        return []
    ratios = [one.head_allocs / one.base_allocs for one in pairs]
    low, high = min(ratios), max(ratios)
    limit = math.log1p(comparison.margin)
    if math.log(low) > limit:
        said = Verdict.SLOWER
    elif math.log(high) < -limit:
        said = Verdict.FASTER
    else:
        within = -limit <= math.log(low) and math.log(high) <= limit
        said = Verdict.EQUIVALENT if within else Verdict.INCONCLUSIVE
    return [
        Result(
            case=case,
            metric="allocs",
            ratio=float(np.mean(ratios)),
            ci_low=low,
            ci_high=high,
            margin=comparison.margin,
            verdict=said,
            blocks=len(pairs),
            valid=True,
        )
    ]


def _unmeasured(case: str, metric: Literal["cpu_us", "allocs"], margin: float, reason: str) -> Result:
    return Result(
        case=case,
        metric=metric,
        ratio=None,
        ci_low=None,
        ci_high=None,
        margin=margin,
        verdict=Verdict.INCONCLUSIVE,
        blocks=0,
        valid=False,
        reasons=(reason,),
    )


def _short(case: str, comparison: Comparison) -> str | None:
    """Why a case's windows say nothing: a window must be long against the clocks' own cost."""
    own = [one for one in comparison.samples if isinstance(one, PairSample) and one.case == case]
    shortest = min(float(np.median(arm.cpu_us)) * arm.calls for one in own for arm in (one.base, one.head))
    if shortest >= _WINDOW_US_LEAST:
        return None
    return f"windows of only {shortest / 1e3:.2f} ms of CPU; {_WINDOW_US_LEAST / 1e3:g} ms at least are needed"


def _undisturbed(windows: Iterable[Windows]) -> float:
    references: Sequence[float] = [us for one in windows for us in one.reference_us]
    return undisturbed_us(references)
