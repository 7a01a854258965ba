"""What a sweep says: of each case a line over the releases, and the steps from one release to the next, each of which
was compared with the same anchor (`bench.analysis.steps`). Pure functions.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.analysis import counts
from bench.analysis.comparison import CHANGED, differing, off_uvloop
from bench.analysis.results import reported
from bench.analysis.steps import Count, JudgedStep, anchored, counted, judged
from bench.model.comparison import Comparison, Result
from bench.model.environment import Stack
from bench.model.series import Sweep, SweepRequest
from bench.stats import two_stage
from bench.stats.two_stage import Change

_ITSELF = Change(log_mean=0.0, log_half=0.0, standard_error=0.0, df=math.inf, blocks=0)


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
class ReleaseStep:
    """A case from one release to a later one: what decides (CPU time, or of a start), its allocations if they were
    counted, and the versions of all packages that differ, the swept one among them."""

    case: str
    older: str
    newer: str
    cpu: Result
    allocs: Result | None
    moved: Mapping[str, tuple[str | None, str | None]]

    @property
    def changed(self) -> tuple[Result, ...]:
        """What changed of it."""
        return tuple(one for one in (self.cpu, self.allocs) if one is not None and one.verdict in CHANGED)


@dataclass(frozen=True)
class ReleaseLine:
    """One case over the releases that were compared, oldest first; `steps` join those that have a valid change, on one
    event loop.

    `whole` is the last of those over the first, judged alone; None of fewer than two.
    """

    case: str
    points: tuple[ReleasePoint, ...]
    steps: tuple[ReleaseStep, ...]
    whole: ReleaseStep | None


def lines(sweep: Sweep, comparisons: Mapping[str, Comparison]) -> tuple[ReleaseLine, ...]:
    """By case in their order; `comparisons` are those of the sweep by release.

    A step is called changed by the rule of any comparison, if it also stands among all steps of all cases (Holm).
    """
    stacks = {release: found.head.stack for release, found in comparisons.items()}
    stacks[sweep.anchored] = sweep.anchor.stack
    points = {case.id: _points(case.id, sweep, comparisons) for case in sweep.words.cases}
    pairs = {
        (case, newer.release): (older, newer)
        for case, own in points.items()
        for older, newer in _neighbours([one for one in own if one.found])
    }
    found = {key: _between(*pair) for key, pair in pairs.items()}
    judgements = judged(found, dict.fromkeys(found, sweep.words.margin), sweep.words.metric)
    steps = {
        key: _step(key[0], pair, stacks, _result(key[0], found[key], sweep.words, judgements[key]))
        for key, pair in pairs.items()
    }
    return tuple(
        ReleaseLine(
            case,
            own,
            tuple(step for (of, _), step in steps.items() if of == case),
            _whole(case, [one for one in own if one.found], stacks, sweep.words),
        )
        for case, own in points.items()
    )


def _points(case: str, sweep: Sweep, comparisons: Mapping[str, Comparison]) -> tuple[ReleasePoint, ...]:
    """Of every release that was compared, and of the anchor: no change from itself, by definition."""
    allocs = [one.base_allocs for found in comparisons.values() for one in counted(case, found)]
    anchor = ReleasePoint(sweep.anchored, _ITSELF, Count(float(np.mean(allocs)), 1.0, 1.0) if allocs else None)
    made = (
        anchor if release == sweep.anchored else _point(case, release, comparisons[release])
        for release in sweep.releases
        if release in (*comparisons, sweep.anchored)
    )
    return tuple(made)


def _point(case: str, release: str, comparison: Comparison) -> ReleasePoint:
    said = anchored(case, comparison)
    return ReleasePoint(release, said.found, said.count, said.reason, bool(off_uvloop(comparison)))


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


def _result(case: str, found: Change, words: SweepRequest, said: JudgedStep) -> Result:
    return reported(case, words.metric, words.margin, found, said.verdict, said.reasons)


def _step(case: str, pair: tuple[ReleasePoint, ReleasePoint], stacks: Mapping[str, Stack], cpu: Result) -> ReleaseStep:
    older, newer = pair
    allocs = None
    if older.count and newer.count:
        ratios = newer.count.low / older.count.high, newer.count.high / older.count.low
        allocs = counts.judged(case, "allocs", ratios, cpu.margin)
    moved = differing(stacks[older.release], stacks[newer.release])
    return ReleaseStep(case, older.release, newer.release, cpu, allocs, moved)


def _whole(
    case: str, known: Sequence[ReleasePoint], stacks: Mapping[str, Stack], words: SweepRequest
) -> ReleaseStep | None:
    if len(known) < 2:
        return None
    pair = known[0], known[-1]
    found = _between(*pair)
    return _step(case, pair, stacks, _result(case, found, words, JudgedStep(two_stage.verdict(found, words.margin))))
