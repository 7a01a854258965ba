"""How often is a known slowdown found? The same stack on both sides, every case slowed by one share, again and again.

    python docs/detection.py [--share 0.02] [--margin 0.01] [--rounds 10] [--cases 10] [--budget 150]

Each round draws cases anew and is kept in results/experiments. Prints a line a case, how many of all were called
slower or had an interval that holds the truth, and how wide the intervals were.
"""

from __future__ import annotations

import argparse
import random
import sys

import numpy as np

from bench.analysis.comparison import injected
from bench.analysis.comparison import verdicts as analysis
from bench.measure.paired_timing import PairedTiming
from bench.model.comparison import Comparison, Verdict
from bench.model.workload import Pass
from bench.stack.recipe import of_requirements
from bench.workflows import planning
from bench.workflows.comparison import compare
from bench.workflows.comparison.compare import FOR_PATIENCE, ComparisonSpec
from bench.workflows.request import MeasurementRequest
from bench.workspace import PROJECT, RESULTS


class Quiet:
    """Tells nobody how far it is."""

    def expects(self, total_s: float) -> None: ...

    def reached(self, doing: str, subject: str, spent_s: float) -> None: ...


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--share", type=float, default=0.02)
    asked.add_argument("--margin", type=float, default=0.01)
    asked.add_argument("--rounds", type=int, default=10)
    asked.add_argument("--cases", type=int, default=10)
    asked.add_argument("--budget", type=float, default=150.0, help="seconds of a round")
    given = asked.parse_args()
    own = of_requirements((), "the default stack")
    found: list[tuple[Verdict, bool, float]] = []
    for number in range(given.rounds):
        arms, _ = planning.arms(MeasurementRequest((Pass.TIMING,)), own, own, (None, None))
        known = [case for case in arms.base.cases if not arms.base.targets[case.target].services]
        arms = arms.of(random.SystemRandom().sample(known, given.cases))
        pairing = PairedTiming(
            arms, FOR_PATIENCE * given.budget, {case.id: given.share for case in arms.base.cases} if given.share else {}
        )
        sides = own.side(arms.base.environment.stack), own.side(arms.head.environment.stack)
        question = ComparisonSpec(arms, sides, (), given.margin, given.budget)
        recording = compare.begin(question, sys.argv, RESULTS / "experiments", PROJECT)
        compare.measure(recording, arms, pairing, Quiet())
        found += _shown(number + 1, recording.document)
    slower = sum(said is Verdict.SLOWER for said, _, _ in found)
    held = sum(one for _, one, _ in found)
    widths = [width for _, _, width in found]
    print(
        f"{slower} of {len(found)} called slower at a margin of {given.margin:.1%}, {held} intervals hold the truth; "
        f"half-widths ±{np.median(widths):.2%} in the median, ±{max(widths):.2%} at most"
    )


def _shown(number: int, test: Comparison) -> list[tuple[Verdict, bool, float]]:
    made = []
    for one in analysis.primary_results(test):
        if one.ratio is None or one.ci_low is None or one.ci_high is None:
            print(f"round {number}: {one.case} INVALID: {'; '.join(one.reasons)}")
            continue
        true, width = injected.truth(test, one.case), (one.ci_high / one.ci_low) ** 0.5 - 1
        print(
            f"round {number}: {one.case:42} put {true - 1:+.2%}, found {one.ratio - 1:+.2%} ±{width:.2%} {one.verdict}"
            f" ({one.blocks} blocks)  {'; '.join(one.reasons)}",
            flush=True,
        )
        made.append((one.verdict, one.ci_low <= true <= one.ci_high, width))
    return made


if __name__ == "__main__":
    main()
