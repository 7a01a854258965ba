"""How should two stacks be paired? The same stack against itself, with windows of several lengths, summed up in ways.

    python docs/pairing.py [--blocks 12] [--pairs 20] [--windows 1 3 8] [--stack REQS]

Prints, for each way, how much blocks differ (the standard deviation of ln(head/base), in %), the worst case of all, and
the half-width of a 99% interval that 15 s of one case would give: what a way costs in time is in it.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import stdtrit
from scipy.stats import trim_mean

from bench.measure import paired_timing
from bench.model.pair_samples import PairSample
from bench.model.workload import Pass
from bench.runner.streams import CoreStream
from bench.stack.recipe import read
from bench.stats.windows import undisturbed_mask, undisturbed_us
from bench.workflows import planning
from bench.workflows.request import MeasurementRequest

CASES = (
    "raw_asgi:plain",
    "starlette_plain:plain",
    "fastapi_plain:plain",
    "fastapi_response_model:rows100",
    "fastapi_json_response:rows100",
    "deps_ten_nested:plain",
    "auth_base:plain",
    "fastapi_def:plain",
)
SECONDS_OF_A_CASE = 15.0

SUMMARIES: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "median of pairs": lambda base, head: float(np.median(np.log(head / base))),
    "trimmed mean of pairs": lambda base, head: float(trim_mean(np.log(head / base), 0.2)),
    "ratio of minima": lambda base, head: math.log(head.min() / base.min()),
    "ratio of medians": lambda base, head: math.log(np.median(head) / np.median(base)),
}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--blocks", type=int, default=12)
    asked.add_argument("--pairs", type=int, default=20, help="of a case in a block")
    asked.add_argument("--windows", type=float, nargs="+", default=[1.0, 3.0, 8.0], metavar="MS")
    asked.add_argument("--stack", default="")
    given = asked.parse_args()
    recipe = read(given.stack)
    arms, _ = planning.arms(MeasurementRequest((Pass.TIMING,), globs=CASES), recipe, recipe, (None, None))
    paired_timing.PAIRS = given.pairs
    print(
        f"{len(arms.base.cases)} cases, {given.blocks} blocks of {paired_timing.PAIRS} pairs, one stack on both sides"
    )
    print(
        f"{'window':>7}  {'pairs':>5}  {'windows':10}  {'summary':22}  {'median SD':>9}  {'worst':>6}  {'in 15 s':>8}"
    )
    for window_ms in given.windows:
        paired_timing.WINDOW_US = window_ms * 1e3
        engine = paired_timing.PairedTiming(arms, wait_budget_s=0.2 * given.blocks)
        start_s = time.perf_counter()
        samples = [
            one
            for number in range(1, given.blocks + 1)
            for one in engine.block(number, "pilot", arms.base.cases, CoreStream(None))
            if isinstance(one, PairSample)
        ]
        case_s = (time.perf_counter() - start_s) / len(samples)  # a share of the launches in it
        for pairs in sorted({5, 10, paired_timing.PAIRS}):
            for only_quiet in (False, True):
                for name, summary in SUMMARIES.items():
                    _show(samples, window_ms, pairs, only_quiet, name, summary, case_s * pairs / paired_timing.PAIRS)


def _show(  # noqa: PLR0913, PLR0917
    samples: Sequence[PairSample],
    window_ms: float,
    pairs: int,
    only_quiet: bool,
    name: str,
    summary: Callable[[np.ndarray, np.ndarray], float],
    case_s: float,
) -> None:
    limits = [
        undisturbed_us([us for one in samples for us in one.base.reference_us]),
        undisturbed_us([us for one in samples for us in one.head.reference_us]),
    ]
    by_case: dict[str, list[float]] = {}
    for one in samples:
        base, head = np.asarray(one.base.cpu_us)[:pairs], np.asarray(one.head.cpu_us)[:pairs]
        if only_quiet:
            mask = undisturbed_mask(one.base.reference_us[:pairs], limits[0]) & undisturbed_mask(
                one.head.reference_us[:pairs], limits[1]
            )
            if mask.sum() < 3:
                continue
            base, head = base[mask], head[mask]
        by_case.setdefault(one.case, []).append(summary(base, head))
    spreads = [float(np.std(logs, ddof=1)) for logs in by_case.values() if len(logs) > 2]
    typical = float(np.median(spreads))
    blocks = max(3, round(SECONDS_OF_A_CASE / case_s))
    half = stdtrit(blocks - 1, 0.995) * typical / math.sqrt(blocks)
    kind = "quiet only" if only_quiet else "all"
    print(
        f"{window_ms:5.1f}ms  {pairs:5d}  {kind:10}  {name:22}  {typical:9.2%}  {max(spreads):6.2%}  ±{half:7.2%}",
        flush=True,
    )


if __name__ == "__main__":
    main()
