"""What a comparison can't say, beside what it says: changes it could have missed, and alarms that could be false."""

from __future__ import annotations

from collections import Counter

from bench.analysis.comparison.results import not_excluded
from bench.analysis.comparison.verdicts import primary_results, untimed
from bench.model.comparison import OF_A_START, Comparison
from bench.model.pair_samples import ApartSample
from bench.report.words.comparison import case_word
from bench.report.words.metrics import LABELS
from bench.report.words.selftest import UNKNOWN, false_alarms
from bench.text.numbers import at_most, counted, listed

# So many of the worst have a name, and one limit holds for the others.
_NAMED = 3


def limits(comparison: Comparison) -> list[str]:
    """A sentence on each, or nothing of what has no intervals."""
    if not _may_miss(comparison):
        return []
    alarms = false_alarms(comparison.selftest) if _has_selftests(comparison) else ""
    return [*unmeasured(comparison), *could_be_missed(comparison), *filter(None, [alarms])]


def unknown_alarms(comparison: Comparison) -> list[str]:
    """What would tell how frequent false alarms are, where nothing does."""
    wanted = _may_miss(comparison) and _has_selftests(comparison)
    return [UNKNOWN] if wanted and not false_alarms(comparison.selftest) else []


def _may_miss(comparison: Comparison) -> bool:
    apart = any(isinstance(one, ApartSample) for one in comparison.samples)
    return not (comparison.injected or apart) and any(one.valid for one in primary_results(comparison))


def _has_selftests(comparison: Comparison) -> bool:
    """They are of requests."""
    return comparison.gate not in OF_A_START


def unmeasured(comparison: Comparison) -> list[str]:
    """Why cases have no figure: a budget that is too small for all of them, or what happened to a single one."""
    word = case_word(comparison)
    missing = [one for one in comparison.absences if untimed(one)]
    reasons = Counter(one.reason for one in missing)
    alone = [f"`{one.case}` has no valid figure: {one.reason}." for one in missing if reasons[one.reason] == 1]
    more = [f"{counted(len(alone) - _NAMED, f'more {word}')} without a valid figure."] if len(alone) > _NAMED else []
    shared = [f"{number} {word}s were not measured: {reason}." for reason, number in reasons.items() if number > 1]
    return [*shared, *alone[:_NAMED], *more]


def could_be_missed(comparison: Comparison) -> list[str]:
    """The changes that the intervals of what isn't called changed leave open, widest first."""
    found = [
        (largest, f"{one.case} ({LABELS[one.metric]})" if len(comparison.judged) > 1 else one.case)
        for one in primary_results(comparison)
        if (largest := not_excluded(one.verdict, one.ci_low, one.ci_high)) is not None
    ]
    worst = sorted(found, key=lambda one: -one[0])
    if not worst:
        return []
    (most, case), *more = worst[:_NAMED]
    first = f"`{case}` may have changed by up to {at_most(most)}"
    named = listed([first, *[f"`{case}` by up to {at_most(most)}" for most, case in more]])
    if left := worst[_NAMED:]:
        word = case_word(comparison)
        others = f"the other {word}" if len(left) == 1 else f"each of the other {len(left)} {word}s"
        return [f"{named}; {others} by up to {at_most(left[0][0])}."]
    return [f"{named}."]
