"""What self-tests say of a host: the same stack on both sides, some of its cases slowed on purpose. Pure functions."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import numpy as np

from bench.analysis.comparison import injected
from bench.analysis.comparison.selftest_cores import by_core
from bench.analysis.comparison.verdicts import primary_results
from bench.model.comparison import Comparison, Result, Verdict
from bench.model.environment import Host
from bench.model.run import MEASUREMENT
from bench.model.selftest import Control, Selftest
from bench.model.workload import Case
from bench.stats.intervals import share_at_most

SHARES = (0.0, 0.01, 0.02, 0.05)
"""By how much cases are slowed; as many by each as by none."""
MARGIN = 0.01


def allotted(cases: Sequence[Case], rng: random.Random) -> dict[str, float]:
    """By how much each case is slowed: by chance, so that no share has the easy ones."""
    shares = [SHARES[index % len(SHARES)] for index in range(len(cases))]
    rng.shuffle(shares)
    return {case.id: share for case, share in zip(cases, shares, strict=True) if share}


def summary(tests: Sequence[Comparison], host: Host) -> Selftest | None:
    """All self-tests of one host together, by the rules of one of them; None without any.

    Those that were interrupted, had another margin, or were measured in another way say nothing.
    """
    own = [
        test
        for test in tests
        if test.complete
        and (test.host.fingerprint, test.margin, test.measurement) == (host.fingerprint, MARGIN, MEASUREMENT)
    ]
    found = [(test, result) for test in own for result in primary_results(test) if result.valid]
    if not found:
        return None
    controls = tuple(_control(share, found) for share in SHARES)
    same = controls[0]
    return Selftest(
        tests=len(own),
        last_at=max(test.started_at for test in own),
        margin=MARGIN,
        half_width=float(np.median([_half_width(result) for _, result in found])),
        controls=controls,
        alarms_at_most=share_at_most(same.slower + same.faster, same.cases) if same.cases else None,
        cores=by_core(own),
    )


def _control(share: float, found: Sequence[tuple[Comparison, Result]]) -> Control:
    own = [(test, one) for test, one in found if injected.share(test, one.case) == share]
    return Control(
        share=share,
        cases=len(own),
        held=sum((one.ci_low or 0) <= injected.truth(test, one.case) <= (one.ci_high or math.inf) for test, one in own),
        seen=sum((one.ci_low or 0) > 1 for _, one in own),
        slower=sum(one.verdict is Verdict.SLOWER for _, one in own),
        faster=sum(one.verdict is Verdict.FASTER for _, one in own),
    )


def _half_width(result: Result) -> float:
    return math.sqrt((result.ci_high or 1) / (result.ci_low or 1)) - 1
