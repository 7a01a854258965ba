"""What a comparison can't say, beside what it says: changes it could have missed, and alarms that could be false."""

from __future__ import annotations

from collections import Counter

from bench.analysis.comparison.results import not_excluded
from bench.analysis.comparison.verdicts import primary_results, untimed
from bench.model.comparison import OF_A_START, Comparison
from bench.model.pair_samples import ApartSample
from bench.report.words.metrics import LABELS
from bench.report.words.selftest import false_alarms
from bench.text.numbers import at_most, counted, listed

# So many of the worst have a name, and one limit holds for the others.
_NAMED = 3


def limits(comparison: Comparison) -> list[str]:
    """A sentence on each, or nothing of what has no intervals."""
    apart = any(isinstance(one, ApartSample) for one in comparison.samples)
    if comparison.injected or apart or not any(one.valid for one in primary_results(comparison)):
        return []
    alarms = [] if comparison.gate in OF_A_START else [false_alarms(comparison.selftest)]  # self-tests are of requests
    return [*unmeasured(comparison), *could_be_missed(comparison), *alarms]


def unmeasured(comparison: Comparison) -> list[str]:
    """Why cases have no figure: a budget that is too small for all of them, or what happened to a single one."""
    missing = [one for one in comparison.absences if untimed(one)]
    reasons = Counter(one.reason for one in missing)
    alone = [f"`{one.case}` has no valid figure: {one.reason}." for one in missing if reasons[one.reason] == 1]
    more = [f"{counted(len(alone) - _NAMED, 'more case')} without a valid figure."] if len(alone) > _NAMED else []
    shared = [f"{number} cases were not measured: {reason}." for reason, number in reasons.items() if number > 1]
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
    first = f"Changes below {at_most(most)} can't be excluded on `{case}`"
    named = listed([first, *[f"below {at_most(most)} on `{case}`" for most, case in more]])
    if left := worst[_NAMED:]:
        others = "the other case" if len(left) == 1 else f"each of the other {len(left)} cases"
        return [f"{named}; on {others}, below {at_most(left[0][0])}."]
    return [f"{named}."]
