"""A sweep over versions of Python in words: each against the first, and what couldn't be measured on it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from statistics import fmean

from bench.analysis.comparison.verdicts import untimed
from bench.model.comparison import Comparison, Result, Verdict
from bench.model.pair_samples import PairSample
from bench.model.series import SeriesMetric
from bench.report.words.comparison import uncounted
from bench.report.words.metrics import LABELS
from bench.report.words.two_pythons import built_differently, without_uvloop
from bench.text.numbers import changed_by, listed
from bench.text.verdicts import said_of

_ORDER = (Verdict.FASTER, Verdict.SLOWER, Verdict.EQUIVALENT, Verdict.INCONCLUSIVE)


def against_first(first: str, comparisons: Mapping[str, Comparison], metric: SeriesMetric) -> Iterator[str]:
    """A sentence for each version in their order."""
    for version, comparison in comparisons.items():
        known = valid(comparison, metric)
        if not known:
            yield f"Python {version}: no case has a valid figure; the reasons are below."
            continue
        ratios = [one.ratio for one in known if one.ratio]
        counts = Counter(one.verdict for one in known)
        verdicts = listed([f"{counts[said]} {said_of(said, metric)}" for said in _ORDER if counts[said]])
        mean = math.exp(fmean(map(math.log, ratios)))
        yield (
            f"Python {version} against {first}: {verdicts}; {LABELS[metric]} {changed_by(mean)} (geometric mean "
            f"of {len(ratios)} cases, {changed_by(min(ratios))} to {changed_by(max(ratios))})."
        )


def valid(comparison: Comparison, metric: SeriesMetric) -> list[Result]:
    """What each case is judged by, where that is valid."""
    return [one for one in comparison.results if one.metric == metric and one.valid]


def notes(comparisons: Mapping[str, Comparison]) -> Iterator[str]:
    """What has to be known of all cases of a version: what it can't have, and how it was built."""
    for version, comparison in comparisons.items():
        known = [*_uncounted(comparison), without_uvloop(comparison), built_differently(comparison)]
        yield from (f"Python {version}: {_begun_small(said)}." for said in known if said)


def _uncounted(comparison: Comparison) -> list[str]:
    """What has no count, and why: once for all cases that have a time, or by case."""
    reasons = {one.case: one.reason for one in comparison.absences if one.kind == "invalid" and not untimed(one)}
    timed = {one.case for one in comparison.samples if isinstance(one, PairSample)}
    if timed and timed <= reasons.keys() and len(set(reasons.values())) == 1:
        return [f"no allocations are counted ({next(iter(reasons.values()))})"]
    return uncounted(comparison)


def _begun_small(said: str) -> str:
    return said if said.startswith("`") else said[:1].lower() + said[1:]
