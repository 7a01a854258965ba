"""What a comparison's samples say: per case and metric a ratio, its interval, and the verdict. Pure functions."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.analysis.comparison import counts, unpaired
from bench.analysis.comparison.blocks import LATENCIES, Blocks, blocks, mean_changes
from bench.analysis.comparison.results import reported
from bench.analysis.comparison.startup_blocks import START_MS_LEAST, STEPS, too_short
from bench.model.comparison import Comparison, Metric, PrimaryMetric, Result, Verdict
from bench.model.environment import Stack
from bench.model.pair_samples import ApartSample, PairSample
from bench.model.run import MissingSample
from bench.model.workload import Pass
from bench.stats.multiple_testing import standing
from bench.stats.two_stage import FEWEST, blocks_needed, blocks_to_confirm, confirms, fewest_to_confirm, verdict
from bench.stats.windows import WINDOW_US_LEAST
from bench.text.verdicts import said_of

# Several safeguards of a load depend on how fast it is: when they leave out more than this, what is left is a choice.
_LEFT_OUT_MOST = 0.25
_SHOWN_BESIDE: Mapping[PrimaryMetric, Sequence[Metric]] = {
    "server_cpu_us": tuple(LATENCIES),
    "startup_cpu_ms": STEPS,
    "rest_mb": ("startup_cpu_ms",),
}
"""What a user feels of a load, and the steps of a start."""
_SHORT_START = f"starts of less than {START_MS_LEAST:g} ms of CPU on both sides are too short to compare"
CHANGED = (Verdict.SLOWER, Verdict.FASTER)

Moved = Mapping[str, tuple[str | None, str | None]]
"""Versions of packages on both sides, base and head; None where a stack hasn't got one."""


def blocks_wanted(comparison: Comparison) -> dict[str, int]:
    """How many more blocks each case needs for intervals half as wide as its margin, by its first stage."""
    margins, wanted = comparison.margins, dict[str, int]()
    for (id_, _), found in _decisive_blocks(comparison).items():
        if len(found.pilot) < FEWEST:
            continue
        more = blocks_needed(found.pilot, found.further, margins[id_]) - len(found.pilot) - len(found.further)
        if more > 0:
            wanted[id_] = max(more, wanted.get(id_, 0))
    return wanted


def candidates(comparison: Comparison) -> dict[str, int]:
    """The cases that look changed among all that were measured, and how many blocks are to confirm each."""
    seen, margins = _decisive_blocks(comparison), comparison.margins
    stands, wanted = _standing(comparison, seen), dict[str, int]()
    for (id_, metric), blocks_of in seen.items():
        one = blocks_of.found
        if one is not None and stands[id_, metric] and verdict(one, margins[id_]) in CHANGED:
            wanted[id_] = max(blocks_to_confirm(one, margins[id_]), wanted.get(id_, 0))
    return wanted


_Key = tuple[str, PrimaryMetric]
"""A case, and one of the metrics that it is judged by."""


def _decisive_blocks(comparison: Comparison) -> dict[_Key, Blocks]:
    """The blocks of everything that can be judged, in the order of the metrics and then of the cases."""
    short = {(id_, "startup_cpu_ms") for id_ in too_short(comparison)}
    return {
        (id_, metric): found
        for metric in comparison.judged
        for id_, found in blocks(comparison, metric).items()
        if (id_, metric) not in short
    }


def _standing(comparison: Comparison, seen: Mapping[_Key, Blocks]) -> dict[_Key, bool]:
    """Which findings stand among all cases and metrics."""
    margins = comparison.margins
    return standing({key: one.found for key, one in seen.items()}, {key: margins[key[0]] for key in seen})


def untimed(absence: MissingSample) -> bool:
    """Whether a case has no time for this absence; one that was only not counted may have."""
    return absence.kind == "invalid" and absence.during is not Pass.ALLOCATIONS


def invalid(one: Result) -> bool:
    """Whether a measurement failed: what can't be compared at all is no failed one."""
    return not one.valid and one.verdict is not Verdict.INCOMPARABLE


def primary_results(comparison: Comparison) -> list[Result]:
    """What a comparison is decided by: one result a case and metric that decides."""
    return [one for one in comparison.results if one.metric in comparison.judged]


def changed_cases(comparison: Comparison) -> tuple[str, ...]:
    """The cases of which something that decides changed, those that got worse first, the largest change at the top."""
    found = [one for one in primary_results(comparison) if one.verdict in CHANGED]
    found.sort(key=lambda one: (CHANGED.index(one.verdict), -_log_size(one)))
    return tuple(dict.fromkeys(one.case for one in found))


def cases_beyond_margin(comparison: Comparison) -> tuple[str, ...]:
    """The cases of which something that decides lies beyond its margin, whatever the verdict says of that, the largest
    change first: of blocks that are to confirm a step, all that can be confirmed."""
    found = [one for one in primary_results(comparison) if _log_size(one) > math.log1p(one.margin)]
    return tuple(dict.fromkeys(one.case for one in sorted(found, key=_log_size, reverse=True)))


def _log_size(one: Result) -> float:
    return abs(math.log(one.ratio)) if one.ratio is not None else 0.0


def broken(comparison: Comparison) -> list[str]:
    """The cases on which the head fails, or breaks its target's promise, and the base does not."""
    return [one.case for one in comparison.disagreements if one.broken == "head"]


def differing(base: Stack, head: Stack) -> Moved:
    """Every package whose version differs between two stacks; None where one hasn't got it."""
    return {
        name: (base.packages.get(name), head.packages.get(name))
        for name in sorted(base.packages.keys() | head.packages.keys())
        if base.packages.get(name) != head.packages.get(name)
    }


def off_uvloop(comparison: Comparison) -> tuple[str, ...]:
    """The Pythons without a wheel of uvloop, for which both sides run on asyncio's event loop; or none."""
    sides = (comparison.base, comparison.head)
    if all(side.server is not None and "loop" in side.server.settings for side in sides):
        return ()  # a server whose loop was named has it
    return tuple(sorted({side.stack.python for side in sides if side.stack.unavailable("uvloop")}))


def results(comparison: Comparison) -> tuple[Result, ...]:
    """Every case's results, of the cases that both stacks serve alike: what decides first, then the other metrics."""
    if any(isinstance(sample, ApartSample) for sample in comparison.samples):
        return tuple(unpaired.results(comparison))
    seen = _decisive_blocks(comparison)
    margins, stands = comparison.margins, _standing(comparison, seen)
    means, shortest, counted = mean_changes(comparison), _shortest_us(comparison), counts.results(comparison)
    short = too_short(comparison)
    beside = {metric: blocks(comparison, metric) for metric in _SHOWN_BESIDE.get(comparison.gate, ())}
    failed = {one.case: one.reason for one in comparison.absences if untimed(one)}
    made: list[Result] = []
    for case in comparison.cases:
        margin = margins[case.id]
        if case.id in failed:
            made.append(Result.missing(case.id, comparison.gate, margin, Verdict.INCONCLUSIVE, failed[case.id]))
        else:
            for metric in comparison.judged:
                if (key := (case.id, metric)) in seen:
                    asked = _Judgement(
                        metric, margin, stands.get(key, False), shortest.get(case.id), comparison.confirms
                    )
                    made.append(_with_mean_reason(_decisive(case.id, seen[key], asked), means.get(case.id)))
                elif metric == "startup_cpu_ms" and case.id in short:
                    made.append(Result.missing(case.id, metric, margin, Verdict.INCOMPARABLE, _SHORT_START))
            made += _beside(case.id, beside, margin)
        made += counted.get(case.id, ())
    return tuple(made)


def _with_mean_reason(found: Result, log_mean: float | None) -> Result:
    """With a word on what only few windows show: a rare collection, say, which the usual request doesn't meet."""
    if found.ratio is None or log_mean is None or abs(log_mean - math.log(found.ratio)) <= math.log1p(found.margin):
        return found
    reason = f"the mean of all windows changed by {math.expm1(log_mean):+.1%}: a few are far more expensive on one side"
    return found.model_copy(update={"reasons": (*found.reasons, reason)})


@dataclass(frozen=True)
class _Judgement:
    """What a case is judged by: its margin, whether its finding stands among all cases, its shortest windows, and
    whether fresh blocks are to confirm it."""

    metric: PrimaryMetric
    margin: float
    stands: bool
    shortest_us: float | None
    confirms: bool


def _decisive(case: str, seen: Blocks, asked: _Judgement) -> Result:
    margin, metric, found = asked.margin, asked.metric, seen.found
    if found is None:
        why = f"; {_left_out(seen)}" if seen.left_out else ""
        reason = f"only {len(seen.pilot)} of the first blocks are valid; needs at least {FEWEST}{why}"
        return Result.missing(case, metric, margin, Verdict.INCONCLUSIVE, reason)
    if metric == "server_cpu_us" and len(seen.left_out) > _LEFT_OUT_MOST * len((*seen.left_out, *seen.every)):
        return Result.missing(case, metric, margin, Verdict.INCONCLUSIVE, _left_out(seen))
    if asked.shortest_us is not None and asked.shortest_us < WINDOW_US_LEAST:
        short = f"windows of only {asked.shortest_us / 1e3:.2f} ms of CPU; needs at least {WINDOW_US_LEAST / 1e3:g} ms"
        return Result.missing(case, metric, margin, Verdict.INCONCLUSIVE, short)
    said = verdict(found, margin)
    reasons: list[str] = []
    if said in CHANGED:
        said, reasons = _upheld(said, asked, seen)
    if seen.left_out:
        reasons.append(_left_out(seen))
    return reported(case, metric, margin, seen.whole, said, reasons)


def _beside(case: str, beside: Mapping[Metric, Mapping[str, Blocks]], margin: float) -> Iterator[Result]:
    """What is shown beside what decides, with the verdict of its own interval, and no confirmation."""
    for metric, by_case in beside.items():
        seen = by_case.get(case)
        if seen is not None and seen.found is not None:
            whole = seen.whole
            yield reported(case, metric, margin, whole, verdict(whole, margin))


def _upheld(said: Verdict, asked: _Judgement, seen: Blocks) -> tuple[Verdict, list[str]]:
    """A change is reported when it stands among all cases, and fresh blocks show it too."""
    how = said_of(said, asked.metric)
    if not asked.stands:
        return Verdict.INCONCLUSIVE, [f"looks {how}, but not significant among so many cases"]
    if not asked.confirms:
        return Verdict.INCONCLUSIVE, [f"looks {how}; only steps between releases are confirmed by new blocks"]
    again = seen.confirmed
    if again is None:
        return Verdict.INCONCLUSIVE, [f"looks {how}, but no time was left to confirm it; use a larger --budget"]
    if not confirms(again, said, asked.margin):
        return Verdict.INCONCLUSIVE, [_unconfirmed(how, seen, again.blocks)]
    return said, []


def _unconfirmed(said: str, seen: Blocks, fresh: int) -> str:
    """Of blocks that were measured and left out, no larger budget would have made more. When it was looked at, it had
    at least its pilot, and these are the fewest that were to confirm it then."""
    wanted = fewest_to_confirm(len(seen.pilot))
    if fresh + len(seen.left_out) < wanted:
        return f"looks {said}, but only {fresh} new blocks were measured to confirm it; use a larger --budget"
    return f"looked {said}, but {fresh} new blocks did not confirm it"


def _left_out(seen: Blocks) -> str:
    (reason, _), *others = Counter(seen.left_out).most_common()
    number = len(seen.left_out)
    return f"{number} block{'s' if number > 1 else ''} excluded: {reason}{' (and other reasons)' if others else ''}"


def _shortest_us(comparison: Comparison) -> dict[str, float]:
    """By case, how long its windows are where they are shortest: a window must be long against the clocks' own cost."""
    found: dict[str, float] = {}
    for one in comparison.samples:
        if isinstance(one, PairSample):
            shortest = min(median(arm.cpu_us) * arm.calls for arm in (one.base, one.head))
            found[one.case] = min(shortest, found.get(one.case, shortest))
    return found
