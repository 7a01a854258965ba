"""The verdict of a comparison in one sentence, and what looks changed without being known to be."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.comparison.verdicts import broken, invalid, primary_results
from bench.model.comparison import OF_A_START, Comparison, PrimaryMetric, Verdict
from bench.report.words.comparison import ORDER, CaseChange, case_word, magnitude, percent
from bench.report.words.margins import own
from bench.report.words.metrics import OF_WHAT
from bench.text.numbers import listed, share
from bench.text.verdicts import said_of


def sentence(comparison: Comparison) -> str:
    """The verdict, in a line that stands alone; where several metrics decide, a sentence on each."""
    first, *others = comparison.judged
    known = {one.metric for one in comparison.results}
    return " ".join([_sentence(comparison, first), *(_sentence(comparison, one) for one in others if one in known)])


def _sentence(comparison: Comparison, metric: PrimaryMetric) -> str:
    found = [one for one in primary_results(comparison) if one.metric == metric]
    margin = "its own margin" if own(comparison) else share(comparison.margin)
    uncompared, word = Verdict.INCOMPARABLE, case_word(comparison)
    by = {one: [r for r in found if r.verdict is one and (r.valid or one is uncompared)] for one in Verdict}
    counts = [f"{len(by[one])} {said_of(one, metric)}" for one in ORDER if by[one] and one is not Verdict.SLOWER]
    failed = sum(map(invalid, found))
    once = metric == comparison.gate
    differing, failing = len(comparison.disagreements) if once else 0, broken(comparison) if once else []
    of_what, slower = OF_WHAT[metric], said_of(Verdict.SLOWER, metric)
    apart = "that start on one side only" if comparison.gate in OF_A_START else "with different responses"
    counts += [f"{number} {what}" for number, what in ((failed, "INVALID"), (differing, apart)) if number]
    rest = f"; {listed(counts)}" if counts else ""
    if failing:
        more = [f"{len(by[Verdict.SLOWER])} {slower}"] if by[Verdict.SLOWER] else []
        rest = f"; {listed([*more, *counts])}" if more or counts else ""
        return f"BROKEN: HEAD fails `{failing[0]}`{f' and {len(failing) - 1} more' if failing[1:] else ''}{rest}."
    if by[Verdict.SLOWER]:
        worst = max(by[Verdict.SLOWER], key=magnitude)
        some = f"{len(by[Verdict.SLOWER])} of {len(found)} {word}s, worst " if len(found) != 1 else ""
        return f"{slower.upper()}: {some}`{worst.case}` {percent(worst)}{of_what}{rest}."
    if failed + len(by[uncompared]) == len(found):
        by_what = f" by{of_what}" if len(comparison.judged) > 1 else ""
        return f"Nothing could be compared{by_what}{rest}."
    if by[Verdict.INCONCLUSIVE] or by[uncompared] or failed or differing:
        return f"No {word} is known to be {slower}{of_what and f', by{of_what}'}{rest}."
    return f"No {word} is {slower} by {margin} or more{of_what and f', by{of_what}'}{rest}."


def unconfirmed(comparison: Comparison, found: Sequence[CaseChange]) -> list[str]:
    """The sentence about what looks changed and isn't known to be; none without any."""
    suspects = [row for row in found if row.suspected]
    if not suspects:
        return []
    worst = max(suspects, key=lambda row: magnitude(row.decisive))
    word = case_word(comparison)
    some = f"1 {word} looks" if len(suspects) == 1 else f"{len(suspects)} {word}s look"
    of = f" {worst.of}" if worst.of else ""
    named = f"`{worst.case}` {percent(worst.decisive)}{of}" if worst.decisive else ""
    return [f"{some} changed but could not be confirmed, the largest change is {named}: measure again."]
