"""A comparison in words: the verdict in one sentence, each case's change as people read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bench.analysis import comparison as analysis
from bench.analysis.comparison import Moved, broken, differing, primary_results, untimed
from bench.analysis.counts import COUNTS
from bench.model.comparison import ApartSample, Comparison, Metric, PrimaryMetric, Result, Side, Verdict
from bench.model.environment import Host
from bench.report.words.answers import checked
from bench.report.words.app_versions import called
from bench.report.words.margins import own
from bench.report.words.selftest import noisier, trust
from bench.text.numbers import changed_by, listed, share

_OF_WHAT: dict[PrimaryMetric, str] = {"cpu_us": "", "server_cpu_us": " server CPU", "allocs": " allocations"}
ORDER = (Verdict.SLOWER, Verdict.FASTER, Verdict.INCONCLUSIVE, Verdict.INCOMPARABLE, Verdict.EQUIVALENT)


LABELS: dict[Metric, str] = {
    "cpu_us": "CPU",
    "server_cpu_us": "server CPU",
    "latency_p50_ms": "p50 latency",
    "latency_p99_ms": "p99 latency",
    "allocs": "allocations",
    "instructions": "instructions",
}
"""Every metric, in the order of its column."""
MEASURES: dict[PrimaryMetric, str] = {
    "cpu_us": "CPU time of one request in process",
    "server_cpu_us": "server CPU time of one request under load",
    "allocs": "allocations of one request",
}
_OWN = "the default stack"
_FEW = 5
_DECIDED = (Verdict.SLOWER, Verdict.FASTER, Verdict.EQUIVALENT)


class Sides(Protocol):
    """Every result of two stacks."""

    @property
    def base(self) -> Side: ...
    @property
    def head(self) -> Side: ...
    @property
    def host(self) -> Host: ...


@dataclass(frozen=True)
class CaseChange:
    """One case, head over base: what decides, which may be missing, and what other metrics say by their names."""

    case: str
    decisive: Result | None
    witnesses: Mapping[Metric, Result]

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
        return [one for name, one in self.witnesses.items() if name in COUNTS and one.verdict is not self.verdict]


def rows(comparison: Comparison) -> list[CaseChange]:
    """Changed cases first, the largest change at the top."""
    found: dict[str, dict[Metric, Result]] = {}
    for one in comparison.results:
        found.setdefault(one.case, {})[one.metric] = one
    made = [CaseChange(case, metrics.pop(comparison.gate, None), metrics) for case, metrics in found.items()]
    return sorted(made, key=lambda row: (ORDER.index(row.verdict), -_size(row.decisive)))


def judged(comparison: Comparison) -> Comparison:
    """With its results, which a process that was killed outright had no time to store."""
    if comparison.results or not comparison.samples:
        return comparison
    return comparison.model_copy(update={"results": analysis.results(comparison)})


def witnesses(found: Sequence[CaseChange]) -> list[Metric]:
    """The metrics that stand beside what decides, in their order."""
    return [name for name in LABELS if any(name in row.witnesses for row in found)]


def notes(comparison: Comparison) -> list[str]:
    """What holds of many cases at once: why metrics are incomparable, and who is known to have measured well."""
    reasons = Counter((metric, one.reason) for one in comparison.unlike for metric in one.metrics)
    barred = [
        f"{LABELS[metric]} of {_cases(cases, len(comparison.cases))} can't be compared: {reason}"
        for (metric, reason), cases in reasons.items()
    ]
    uncounted = [
        f"{absence.case} has no count: {absence.reason}"
        for absence in comparison.absences
        if absence.kind == "invalid" and not untimed(absence)
    ]
    if any(isinstance(sample, ApartSample) for sample in comparison.samples):
        barred.append("Both sides were measured separately: only allocations decide; times are for information")
    answers = [sentence.replace("`", "").rstrip(".") for sentence in checked(comparison.cases)]
    known = comparison.selftest
    trusted = [trust(known), noisier(known)] if known else []
    return [*barred, *uncounted, *answers, *filter(None, trusted)]


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
    """`CPU equivalent, but allocations +20.0%`; nothing where the witnesses agree."""
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
    changed = arrows(_named(seen))
    base, head = seen.base, seen.head
    if not changed and base.named != head.named:  # two builds of one version, say
        return [f"{base.named or _OWN} → {head.named or _OWN}"]
    return changed or [f"fastapi {base.stack.packages.get('fastapi', 'none')} on both sides"]


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


def sentence(comparison: Comparison) -> str:
    """The verdict, in a line that stands alone."""
    found = primary_results(comparison)
    margin = "its own margin" if own(comparison) else share(comparison.margin)
    uncompared = Verdict.INCOMPARABLE
    by = {one: [r for r in found if r.verdict is one and (r.valid or one is uncompared)] for one in Verdict}
    counts = [f"{len(by[one])} {one}" for one in ORDER if by[one] and one is not Verdict.SLOWER]
    invalid = sum(not one.valid and one.verdict is not uncompared for one in found)
    differing, of_what = len(comparison.disagreements), _OF_WHAT[comparison.gate]
    counts += [
        f"{number} {what}" for number, what in ((invalid, "INVALID"), (differing, "with different responses")) if number
    ]
    rest = f"; {listed(counts)}" if counts else ""
    if failing := broken(comparison):
        slower = [f"{len(by[Verdict.SLOWER])} slower"] if by[Verdict.SLOWER] else []
        rest = f"; {listed([*slower, *counts])}" if slower or counts else ""
        return f"BROKEN: HEAD fails `{failing[0]}`{f' and {len(failing) - 1} more' if failing[1:] else ''}{rest}."
    if by[Verdict.SLOWER]:
        worst = max(by[Verdict.SLOWER], key=_size)
        some = f"{len(by[Verdict.SLOWER])} of {len(found)} cases, worst " if len(found) != 1 else ""
        return f"SLOWER: {some}`{worst.case}` {percent(worst)}{of_what}{rest}."
    if invalid + len(by[uncompared]) == len(found):
        return f"Nothing could be compared{rest}."
    if by[Verdict.INCONCLUSIVE] or by[uncompared] or invalid or differing:
        return f"No case is known to be slower{of_what and f', by{of_what}'}{rest}."
    return f"No case is slower by {margin} or more{of_what and f', by{of_what}'}{rest}."


def unconfirmed(found: Sequence[CaseChange]) -> list[str]:
    """The sentence about what looks changed and isn't known to be; none without any."""
    suspects = [row.decisive for row in found if row.suspected and row.decisive]
    if not suspects:
        return []
    worst = max(suspects, key=_size)
    some = "1 case looks" if len(suspects) == 1 else f"{len(suspects)} cases look"
    named = f"`{worst.case}` {percent(worst)}"
    return [f"{some} changed but could not be confirmed, the largest change is {named}: measure again."]


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


def remark(result: Result) -> str:
    """What an inconclusive result leaves open, and why a result isn't more."""
    open_ = not_ruled_out(result)
    return "; ".join([*([f"can't rule out {open_}"] if open_ else []), *result.reasons])


def not_ruled_out(result: Result) -> str:
    """How much slower, or else faster, an inconclusive case may be; nothing of any other."""
    if result.verdict is not Verdict.INCONCLUSIVE or result.ci_high is None or result.ci_low is None:
        return ""
    return changed_by(result.ci_high if result.ci_high > 1 + result.margin else result.ci_low)


def _named(seen: Sides) -> Moved:
    names = {*seen.base.names, *seen.head.names}
    moved = differing(seen.base.stack, seen.head.stack)
    return {name: versions for name, versions in moved.items() if name in names}


def _size(result: Result | None) -> float:
    return 0.0 if result is None or result.ratio is None else max(result.ratio, 1 / result.ratio)


def _cases(some: int, every: int) -> str:
    return f"{some} of {every} cases" if every != 1 else "the case"
