"""Which two versions a bisection compares next, and what a comparison answers. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bench.analysis.comparison.blocks import blocks
from bench.analysis.comparison.verdicts import CHANGED
from bench.model.comparison import Comparison, Verdict
from bench.model.series import AskedComparison
from bench.stats.two_stage import Change, confirms, step, verdict

Side = Literal["good", "bad"]


@dataclass(frozen=True)
class BisectionAnswer:
    """What one comparison of two versions said at a margin; `found` is None of one that says nothing, for `reason`.

    One that is `inferred` was never measured: it is the step between two versions that were compared with the good end.
    """

    base: str
    head: str
    margin: float
    found: Change | None
    verdict: Verdict
    reason: str = ""
    inferred: bool = False


@dataclass(frozen=True)
class NextComparison:
    """The next comparison: two versions, and a margin, which is also what the number of blocks depends on.

    `cases` are the ids of those that are asked, none for all. It `confirms` what looks changed by fresh blocks, and
    what changed is `explained` by profiles.
    """

    base: str
    head: str
    margin: float
    cases: tuple[str, ...] = ()
    confirms: bool = True
    explained: bool = False


@dataclass(frozen=True)
class BisectionEnd:
    """Where a bisection ends. `good` and `bad` are what is left: of what was `found`, neighbours.

    `whole` is the comparison of both ends, `confirmed` that of the neighbours, and `doubtful` the one that could not be
    decided.
    """

    kind: Literal["found", "unchanged", "unknown", "undecided"]
    good: str
    bad: str
    whole: BisectionAnswer | None = None
    confirmed: BisectionAnswer | None = None
    doubtful: BisectionAnswer | None = None

    @property
    def several(self) -> bool:
        """Whether the neighbours' change surely isn't the whole one, and lacks the margin or more of it: something else
        changed the cost as well."""
        if self.confirmed is None or self.whole is None:
            return False
        step, whole = self.confirmed.found, self.whole.found
        if step is None or whole is None:
            return False
        others = abs(whole.log_mean - step.log_mean)
        return others > max(math.log1p(self.whole.margin), math.hypot(whole.log_half, step.log_half))


def after(versions: Sequence[str], margin: float, answers: Sequence[BisectionAnswer]) -> NextComparison | BisectionEnd:
    """What comes after these answers, of versions from the good end to the bad one without those to be skipped.

    Every candidate's margin is half of the change: so it gets as many blocks as make its interval half as wide as that,
    and no more. One that lies across half is asked once more, for an interval half as wide again; and so are the ends
    of which a change is certain, but not that it is as large as the margin. Raises ValueError for fewer than two
    versions.
    """
    if len(versions) < 2:
        raise ValueError(f"a bisection needs a good and a bad version, got {versions!r}")
    good, bad = versions[0], versions[-1]
    ends = _ends(answers, good, bad, margin)
    if isinstance(ends, NextComparison):
        return ends
    if ends.found is None or ends.verdict not in CHANGED:
        kind: Literal["unchanged", "unknown"] = "unchanged" if ends.verdict is Verdict.EQUIVALENT else "unknown"
        return BisectionEnd(kind, good, bad, whole=ends, doubtful=ends)
    return _narrowed(versions, margin, answers, ends, ends.found)


def side(found: Change, whole: Change) -> Side | None:
    """On which side of half the whole change a version lies; None if the interval of that difference holds 0.

    Both were measured in blocks of their own: half-widths add as errors do.
    """
    beyond = (found.log_mean - whole.log_mean / 2) * math.copysign(1, whole.log_mean)
    if abs(beyond) <= math.hypot(found.log_half, whole.log_half / 2):
        return None
    return "bad" if beyond > 0 else "good"


def most(versions: int) -> int:
    """How many comparisons find the change among so many versions, both ends counted, if each is decided at once."""
    return math.ceil(math.log2(max(1, versions - 1))) + 1


def _narrowed(
    versions: Sequence[str], margin: float, answers: Sequence[BisectionAnswer], ends: BisectionAnswer, whole: Change
) -> NextComparison | BisectionEnd:
    low, high = 0, len(versions) - 1
    known = {versions[high]: whole}
    while high - low > 1:
        middle = (low + high) // 2
        asked = _candidate(versions[0], versions[middle], whole, answers)
        if isinstance(asked, NextComparison):
            return asked
        lies = side(asked.found, whole) if asked.found else None
        if asked.found is None or lies is None:
            return BisectionEnd("undecided", versions[low], versions[high], whole=ends, doubtful=asked)
        known[versions[middle]] = asked.found
        low, high = (low, middle) if lies == "bad" else (middle, high)
    good, bad = versions[low], versions[high]
    if (good, bad) == (ends.base, ends.head):
        return BisectionEnd("found", good, bad, whole=ends, confirmed=ends)
    confirmed = _answer(answers, good, bad, margin) or _inferred(good, bad, ends, known)
    if confirmed is None:
        return NextComparison(good, bad, margin)
    return BisectionEnd("found", good, bad, whole=ends, confirmed=confirmed)


def _ends(answers: Sequence[BisectionAnswer], good: str, bad: str, margin: float) -> NextComparison | BisectionAnswer:
    """What is known of both ends, or what to ask of them."""
    first = _answer(answers, good, bad, margin)
    if first is None:
        return NextComparison(good, bad, margin)
    found = first.found
    if first.verdict is not Verdict.INCONCLUSIVE or found is None or abs(found.log_mean) <= found.log_half:
        return first
    again = _answer(answers, good, bad, margin / 2)
    if again is None:
        return NextComparison(good, bad, margin / 2)
    return replace(again, margin=margin, verdict=verdict(again.found, margin)) if again.found else first


def _inferred(good: str, bad: str, ends: BisectionAnswer, known: Mapping[str, Change]) -> BisectionAnswer | None:
    """The neighbours' change by what both differ from the good end, if it confirms the whole one; None leaves it to a
    comparison of their own.

    The change as such stands already, by the ends. That it is between these two is a question of its own, which other
    blocks answer: as for any finding that fresh blocks confirm, one side of the margin is enough, at 95%.
    """
    apart = good in known
    found = step(known[good], known[bad]) if apart else known[bad]
    if not confirms(found, ends.verdict, ends.margin):
        return None
    return BisectionAnswer(good, bad, ends.margin, found, ends.verdict, inferred=apart)


def _candidate(
    good: str, version: str, whole: Change, answers: Sequence[BisectionAnswer]
) -> NextComparison | BisectionAnswer:
    """What is known of a candidate, or what to ask of it."""
    first, again = (NextComparison(good, version, math.expm1(abs(whole.log_mean) / parts)) for parts in (2, 4))
    found = _answer(answers, good, version, first.margin)
    if found is None:
        return first
    if found.found is None or side(found.found, whole):
        return found
    return _answer(answers, good, version, again.margin) or again


def _answer(answers: Iterable[BisectionAnswer], base: str, head: str, margin: float) -> BisectionAnswer | None:
    return next(
        (one for one in answers if (one.base, one.head) == (base, head) and math.isclose(one.margin, margin)), None
    )


def answer(asked: AskedComparison, comparison: Comparison) -> BisectionAnswer:
    """What one comparison says of its only case."""
    result = next((one for one in comparison.results if one.metric == comparison.gate), None)
    if result is None or not result.valid:
        failures = [one.head for one in comparison.disagreements] + [one.reason for one in comparison.absences]
        reasons = failures or (result.reasons if result else ())
        return BisectionAnswer(asked.base, asked.head, asked.margin, None, Verdict.INCONCLUSIVE, "; ".join(reasons))
    found = blocks(comparison, comparison.gate)[result.case].whole
    return BisectionAnswer(asked.base, asked.head, asked.margin, found, result.verdict, "; ".join(result.reasons))
