"""What the blocks of each core say of self-tests, by themselves: whether one is noisier than the others, or wrong."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.analysis.comparison.blocks import blocks
from bench.analysis.comparison.injected import share, truth
from bench.model.comparison import Comparison, Verdict
from bench.model.pair_samples import PairSample
from bench.model.selftest import CoreControl
from bench.stats.two_stage import FEWEST, Change, change, verdict


@dataclass(frozen=True)
class _Seen:
    """One case by the blocks of one core."""

    found: Change
    block_sd: float
    truth: float
    unchanged: bool
    margin: float

    @property
    def held(self) -> bool:
        return self.found.low <= self.truth <= self.found.high

    @property
    def alarm(self) -> bool:
        return self.unchanged and verdict(self.found, self.margin) in (Verdict.SLOWER, Verdict.FASTER)


def by_core(tests: Sequence[Comparison]) -> tuple[CoreControl, ...]:
    """Every core that measured, in their order."""
    cores = {one.core for test in tests for one in test.samples if isinstance(one, PairSample) and one.core is not None}
    return tuple(_control(core, [_only(test, core) for test in tests]) for core in sorted(cores))


def _only(test: Comparison, core: int) -> Comparison:
    own = tuple(one for one in test.samples if isinstance(one, PairSample) and one.core == core)
    return test.model_copy(update={"samples": own})


def _control(core: int, tests: Sequence[Comparison]) -> CoreControl:
    by_case = [(test, case, found) for test in tests for case, found in blocks(test, "cpu_us").items()]
    seen = [_seen(test, case, found.every) for test, case, found in by_case if len(found.every) >= FEWEST]
    left_out = sum(len(found.left_out) for _, _, found in by_case)
    return CoreControl(
        core=core,
        blocks=sum(len({one.block for one in test.samples if isinstance(one, PairSample)}) for test in tests),
        left_out=left_out / sum(len(test.samples) for test in tests),
        block_sd=_median([one.block_sd for one in seen]),
        half_width=_median([math.expm1(one.found.log_half) for one in seen]),
        cases=len(seen),
        held=sum(one.held for one in seen),
        unchanged=sum(one.unchanged for one in seen),
        alarms=sum(one.alarm for one in seen),
    )


def _seen(test: Comparison, case: str, logs: Sequence[float]) -> _Seen:
    """All blocks of a core as one sample: of the pilot alone it has too few for an interval that would say much."""
    spread = float(np.std(logs, ddof=1))
    return _Seen(change(logs), spread, truth(test, case), share(test, case) == 0, test.margin)


def _median(values: Sequence[float]) -> float | None:
    return float(np.median(values)) if values else None
