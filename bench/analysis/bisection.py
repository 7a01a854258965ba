"""Which two releases a bisection compares next, and what a comparison answers. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from bench.analysis.blocks import blocks
from bench.model.comparison import Comparison, Verdict
from bench.model.series import AskedComparison
from bench.stats.two_stage import Change

Side = Literal["good", "bad"]


@dataclass(frozen=True)
class BisectionAnswer:
    """What one comparison of two releases said at a margin; `found` is None of one that says nothing, for `reason`."""

    base: str
    head: str
    margin: float
    found: Change | None
    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True)
class NextComparison:
    """The next comparison: two releases, and a margin, which is also what the number of blocks depends on."""

    base: str
    head: str
    margin: float


@dataclass(frozen=True)
class BisectionEnd:
    """Where a bisection ends. `good` and `bad` are what is left: of what was `found`, neighbours.

    `confirmed` is their own comparison, and `doubtful` the one that could not be decided.
    """

    kind: Literal["found", "unchanged", "unknown", "undecided"]
    good: str
    bad: str
    confirmed: BisectionAnswer | None = None
    doubtful: BisectionAnswer | None = None


def after(releases: Sequence[str], margin: float, answers: Sequence[BisectionAnswer]) -> NextComparison | BisectionEnd:
    """What comes after these answers, of releases from the good end to the bad one without those to be left out.

    Every candidate's margin is half of the change: so it gets as many blocks as make its interval half as wide as that,
    and no more. One that lies across half is asked once more, for an interval half as wide again. Raises ValueError for
    fewer than two releases.
    """
    if len(releases) < 2:
        raise ValueError(f"a bisection needs a good and a bad release, got {releases!r}")
    good, bad = releases[0], releases[-1]
    ends = _answer(answers, good, bad, margin)
    if ends is None:
        return NextComparison(good, bad, margin)
    if ends.found is None or ends.verdict not in (Verdict.SLOWER, Verdict.FASTER):
        return BisectionEnd("unchanged" if ends.verdict is Verdict.EQUIVALENT else "unknown", good, bad, doubtful=ends)
    return _narrowed(releases, margin, answers, ends.found)


def side(found: Change, whole: Change) -> Side | None:
    """On which side of half the whole change a release lies; None if the interval of that difference holds 0.

    Both were measured in blocks of their own: half-widths add as errors do.
    """
    beyond = (found.log_mean - whole.log_mean / 2) * math.copysign(1, whole.log_mean)
    if abs(beyond) <= math.hypot(found.log_half, whole.log_half / 2):
        return None
    return "bad" if beyond > 0 else "good"


def most(releases: int) -> int:
    """How many comparisons find the change among so many releases, both ends counted, if each is decided at once."""
    return math.ceil(math.log2(max(1, releases - 1))) + 2


def _narrowed(
    releases: Sequence[str], margin: float, answers: Sequence[BisectionAnswer], whole: Change
) -> NextComparison | BisectionEnd:
    low, high = 0, len(releases) - 1
    while high - low > 1:
        middle = (low + high) // 2
        asked = _candidate(releases[0], releases[middle], whole, answers)
        if isinstance(asked, NextComparison):
            return asked
        lies = side(asked.found, whole) if asked.found else None
        if lies is None:
            return BisectionEnd("undecided", releases[low], releases[high], doubtful=asked)
        low, high = (low, middle) if lies == "bad" else (middle, high)
    good, bad = releases[low], releases[high]
    confirmed = _answer(answers, good, bad, margin)
    return BisectionEnd("found", good, bad, confirmed=confirmed) if confirmed else NextComparison(good, bad, margin)


def _candidate(
    good: str, release: str, whole: Change, answers: Sequence[BisectionAnswer]
) -> NextComparison | BisectionAnswer:
    """What is known of a candidate, or what to ask of it."""
    first, again = (NextComparison(good, release, math.expm1(abs(whole.log_mean) / parts)) for parts in (2, 4))
    found = _answer(answers, good, release, first.margin)
    if found is None:
        return first
    if found.found is None or side(found.found, whole):
        return found
    return _answer(answers, good, release, again.margin) or again


def _answer(answers: Iterable[BisectionAnswer], base: str, head: str, margin: float) -> BisectionAnswer | None:
    return next(
        (one for one in answers if (one.base, one.head) == (base, head) and math.isclose(one.margin, margin)), None
    )


def answer(asked: AskedComparison, comparison: Comparison) -> BisectionAnswer:
    """What one comparison says of its only case."""
    result = next((one for one in comparison.results if one.metric == comparison.gate), None)
    if result is None or not result.valid:
        told = [one.head for one in comparison.disagreements] + [one.reason for one in comparison.absences]
        reasons = told or (result.reasons if result else ())
        return BisectionAnswer(asked.base, asked.head, asked.margin, None, Verdict.INCONCLUSIVE, "; ".join(reasons))
    found = blocks(comparison, comparison.gate)[result.case].whole
    return BisectionAnswer(asked.base, asked.head, asked.margin, found, result.verdict, "; ".join(result.reasons))
