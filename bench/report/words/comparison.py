"""A comparison in words: each case's change as people read it, and what has to be known beside it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.analysis.comparison import verdicts as analysis
from bench.analysis.comparison.counts import COUNTS
from bench.analysis.comparison.startup_blocks import STEPS
from bench.analysis.comparison.verdicts import Moved, differing, untimed
from bench.model.comparison import OF_A_START, Comparison, Metric, PrimaryMetric, Result, Sides, Verdict
from bench.model.pair_samples import ApartSample
from bench.report.words.answers import checked
from bench.report.words.app_versions import called, plain
from bench.report.words.metrics import LABELS
from bench.report.words.selftest import noisier, trust
from bench.report.words.two_pythons import built_differently, without_uvloop
from bench.text.numbers import changed_by, listed

ORDER = (Verdict.SLOWER, Verdict.FASTER, Verdict.INCONCLUSIVE, Verdict.INCOMPARABLE, Verdict.EQUIVALENT)
_OWN = "the default stack"
_FEW = 5
_BLOCKS = re.compile(r"(\d+) blocks? ")
_DECIDED = (Verdict.SLOWER, Verdict.FASTER, Verdict.EQUIVALENT)


@dataclass(frozen=True)
class CaseChange:
    """One case, head over base: what decides, which may be missing, and what other metrics say by their names.

    `of` says of which metric it is, where several decide: each of them has a row of its own.
    """

    case: str
    decisive: Result | None
    other_metrics: Mapping[Metric, Result]
    of: str = ""

    @property
    def name(self) -> str:
        """What no other row is called."""
        return f"{self.case} ({self.of})" if self.of else self.case

    @property
    def verdict(self) -> Verdict:
        return self.decisive.verdict if self.decisive else Verdict.INCOMPARABLE

    @property
    def changed(self) -> bool:
        return self.verdict in (Verdict.SLOWER, Verdict.FASTER)

    @property
    def suspected(self) -> bool:
        """Whether it looks changed, without being confirmed: its whole interval lies beyond the margin."""
        one = self.decisive
        if one is None or self.verdict is not Verdict.INCONCLUSIVE or one.ci_low is None or one.ci_high is None:
            return False
        return one.ci_low > 1 + one.margin or one.ci_high < 1 / (1 + one.margin)

    @property
    def dissenting(self) -> list[Result]:
        """The counts that say something else than a time that is decided."""
        if self.verdict not in _DECIDED or self.decisive is None or self.decisive.metric in COUNTS:
            return []
        return [one for name, one in self.other_metrics.items() if name in COUNTS and one.verdict is not self.verdict]


def case_word(comparison: Comparison) -> str:
    """What a case is called: of an app it is a route, and where starts are compared the app itself."""
    if comparison.gate in OF_A_START:
        return "app"
    return "route" if any(case.of_app for case in comparison.cases) else "case"


def rows(comparison: Comparison) -> list[CaseChange]:
    """Changed cases first, the largest change at the top."""
    found: dict[str, dict[Metric, Result]] = {}
    for one in comparison.results:
        if one.metric not in STEPS:  # which have a table of their own
            found.setdefault(one.case, {})[one.metric] = one
    made = [row for case, metrics in found.items() for row in _rows(case, metrics, comparison.judged)]
    return sorted(made, key=lambda row: (ORDER.index(row.verdict), -magnitude(row.decisive)))


def _rows(case: str, metrics: dict[Metric, Result], judged: Sequence[PrimaryMetric]) -> Iterator[CaseChange]:
    """One for each metric that decides, unless it is missing; the first has the other metrics, and why nothing is."""
    decisive = [(metric, metrics.pop(metric, None)) for metric in judged]
    for metric, one in decisive:
        if one is not None or metric == judged[0]:
            other_metrics = metrics if metric == judged[0] else {}
            yield CaseChange(case, one, other_metrics, LABELS[metric] if len(judged) > 1 else "")


def judged(comparison: Comparison) -> Comparison:
    """With its results, which a process that was killed outright had no time to store."""
    if comparison.results or not comparison.samples:
        return comparison
    return comparison.model_copy(update={"results": analysis.results(comparison)})


def other_metrics(found: Sequence[CaseChange]) -> list[Metric]:
    """The metrics that stand beside what decides, in their order."""
    return [name for name in LABELS if any(name in row.other_metrics for row in found)]


def notes(comparison: Comparison) -> list[str]:
    """What holds of many cases at once: why metrics are incomparable, and who is known to have measured well."""
    reasons = Counter((metric, one.reason) for one in comparison.unlike for metric in one.metrics)
    barred = [
        f"{LABELS[metric]} of {_cases(comparison, cases)} can't be compared: {reason}"
        for (metric, reason), cases in reasons.items()
    ]
    if any(isinstance(sample, ApartSample) for sample in comparison.samples):
        barred.append("Both sides were measured separately: only allocations decide; times are for information")
    answers = [sentence.replace("`", "").rstrip(".") for sentence in checked(comparison.cases)]
    known, of_starts = comparison.selftest, comparison.gate in OF_A_START
    trusted = ["" if of_starts else trust(known), noisier(known)] if known else []  # self-tests are of requests
    builds = [without_uvloop(comparison), built_differently(comparison)]
    return [*barred, *uncounted(comparison), *answers, *filter(None, [*builds, *trusted])]


def uncounted(comparison: Comparison) -> list[str]:
    """What merely wasn't counted, a sentence for each reason."""
    by_reason: dict[str, list[str]] = {}
    for absence in comparison.absences:
        if absence.kind == "invalid" and not untimed(absence):
            by_reason.setdefault(absence.reason, []).append(absence.case)
    return [
        f"{_few(cases)} {'has no count' if len(cases) == 1 else 'have no counts'}: {reason}"
        for reason, cases in by_reason.items()
    ]


def left_out(comparison: Comparison) -> list[str]:
    """What was skipped, a sentence for each reason: with the names of a few cases, and the number of all."""
    by_reason: dict[str, list[str]] = {}
    for one in comparison.absences:
        if one.kind == "skipped":
            by_reason.setdefault(one.reason, []).append(f"`{one.case}`")
    return [f"{_few(cases)} skipped: {reason}" for reason, cases in by_reason.items()]


def _few(cases: Sequence[str]) -> str:
    """The first of many, and how many more there are."""
    more = len(cases) - _FEW
    return listed([*cases[:_FEW], f"{more} more"] if more > 1 else cases)


def dissent(row: CaseChange) -> str:
    """`CPU equivalent, but allocations +20.0%`; nothing where the other metrics agree."""
    if not row.dissenting or row.decisive is None:
        return ""
    others = listed([f"{LABELS[one.metric]} {percent(one)}" for one in row.dissenting])
    return f"{LABELS[row.decisive.metric]} {row.verdict}, but {others}"


def title(comparison: Comparison) -> str:
    """What was compared with what, and where."""
    return " · ".join([*versions(comparison), python(comparison), comparison.host.cpu_model])


def versions(seen: Sides) -> list[str]:
    """The packages that were named and differ, that nothing does is said too; or two versions of an app."""
    if seen.base.version and seen.head.version:
        return [f"{called(seen.base)} → {called(seen.head)}"]
    base, head = seen.base, seen.head
    changed = [*arrows(_named(seen)), *servers(seen)]
    if not changed and base.named != head.named:  # two builds of one version, say
        return [f"{base.named or _OWN} → {head.named or _OWN}"]
    return changed or [f"fastapi {base.stack.packages.get('fastapi', 'none')} on both sides"]


def servers(seen: Sides) -> list[str]:
    """What served both sides, where that was asked for and differs."""
    base, head = seen.base.server, seen.head.server
    return [f"{plain(base.words)} → {plain(head.words)}"] if base and head and base != head else []


def python(seen: Sides) -> str:
    """Of both stacks."""
    base, head = seen.base.stack.python, seen.head.stack.python
    return f"Python {base}" if base == head else f"Python {base} → {head}"


def also_moved(seen: Sides) -> list[str]:
    """Packages that nobody named, and that the resolver had to move."""
    return arrows(differing(seen.base.stack, seen.head.stack), but=_named(seen))


def arrows(moved: Moved, but: Container[str] = ()) -> list[str]:
    """`starlette 0.45.3 → 0.46.0`, of every package but those that were named."""
    return [f"{name} {old or 'none'} → {new or 'none'}" for name, (old, new) in moved.items() if name not in but]


def also_changed(said: str) -> str:
    """The sentence about packages that nobody named."""
    return f"Also changed, because the resolver required it: {said}."


def percent(result: Result) -> str:
    """`+40.2%`, of the cost; what isn't measured or can't be compared is said to be so."""
    if result.ratio is None:
        return "incomparable" if result.verdict is Verdict.INCOMPARABLE else "INVALID"
    return changed_by(result.ratio)


def within(result: Result) -> str:
    """The interval, as percents."""
    if result.ci_low is None or result.ci_high is None:
        return ""
    return f"{changed_by(result.ci_low)} to {changed_by(result.ci_high)}"


def remarks(found: Sequence[CaseChange]) -> list[str]:
    """Why results aren't more, each reason once with the cases that it is about, and of how many blocks."""
    about: dict[str, list[tuple[str, int]]] = {}
    for row in found:
        for reason in row.decisive.reasons if row.decisive else ():
            blocks = _BLOCKS.match(reason)
            said = reason[blocks.end() :] if blocks else reason
            about.setdefault(said, []).append((f"`{row.name}`", int(blocks[1]) if blocks else 0))
    return [_remark(said, found) for said, found in about.items()]


def _remark(said: str, found: Sequence[tuple[str, int]]) -> str:
    cases, numbers = _few([case for case, _ in found]), sorted({number for _, number in found})
    if numbers == [0]:
        return f"{cases}: {said}"
    of_each = " each" if len(found) > 1 else ""
    between = f"{numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else f"{numbers[0]}"
    return f"{cases}: {between} {'block' if numbers == [1] else 'blocks'}{of_each} {said}"


def _named(seen: Sides) -> Moved:
    names = {*seen.base.names, *seen.head.names}
    moved = differing(seen.base.stack, seen.head.stack)
    return {name: versions for name, versions in moved.items() if name in names}


def magnitude(result: Result | None) -> float:
    """How many times as much, or as little."""
    return 0.0 if result is None or result.ratio is None else max(result.ratio, 1 / result.ratio)


def _cases(comparison: Comparison, some: int) -> str:
    every, word = len(comparison.cases), case_word(comparison)
    return f"{some} of {every} {word}s" if every != 1 else f"the {word}"
