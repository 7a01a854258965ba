"""Do streams disturb each other? Blocks of one stack against itself, on one core alone and on every core at once.

    python docs/streams.py --rounds 12

Each round measures one block on the first core with nothing beside it, and one on each core at once, in random order;
both sides are the same code, so ln(head/base) is zero in truth. For each case it prints

- cost: what a request costs on the first core beside other streams, over what it costs there alone
- SD alone, SD beside: the standard deviation of a block's ln(head/base) on the first core
- quiet: the share of pairs that ran on an undisturbed core, alone and beside.

docs/pairing.md has a table.
"""

from __future__ import annotations

import argparse
import math
import random
from collections.abc import Generator, Sequence
from contextlib import closing
from statistics import median

import numpy as np

from bench.analysis.comparison.blocks import log_ratio
from bench.host.affinity import stream_cores
from bench.measure import paired_timing
from bench.model.pair_samples import PairSample
from bench.model.run import MissingSample
from bench.model.workload import Pass
from bench.runner import agreement, streams
from bench.runner.streams import CoreStream, Piece
from bench.stack.recipe import read
from bench.stats.windows import undisturbed_mask, undisturbed_us
from bench.workflows import planning
from bench.workflows.request import MeasurementRequest


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rounds", type=int, default=12)
    asked.add_argument("--case", action="append", default=[], help="a glob; all cases without a database by default")
    given = asked.parse_args()
    recipe, cores = read(""), stream_cores()
    arms, _ = planning.arms(MeasurementRequest((Pass.TIMING,), globs=tuple(given.case)), recipe, recipe, (None, None))
    list(agreement.check(arms))  # what a call costs is known then
    arms = arms.of([case for case in arms.base.cases if not arms.needs_quiet(case)])
    engine = paired_timing.PairedTiming(arms, wait_budget_s=60.0)
    numbers = iter(range(1, 10**6))

    def block(stream: CoreStream) -> Generator[PairSample | MissingSample]:
        yield from engine.block(next(numbers), "pilot", arms.base.cases, stream)

    found: dict[bool, list[PairSample]] = {False: [], True: []}
    for _ in range(given.rounds):
        for beside in random.sample([False, True], 2):
            pieces = [Piece(block, alone=not beside) for _ in (cores if beside else cores[:1])]
            with closing(streams.observe(cores, pieces)) as observed:
                found[beside] += [one for one in observed if isinstance(one, PairSample)]
    print(f"{len(arms.base.cases)} cases, {given.rounds} rounds, streams on cores {', '.join(map(str, cores))}")
    print("| case | cost beside, over alone | SD alone | SD beside | quiet alone | quiet beside |")
    print("|---|---|---|---|---|---|")
    rows = [row for case in arms.base.cases if (row := _row(case.id, cores[0], found[False], found[True]))]
    for row in sorted(rows, key=lambda one: -abs(one[1])):
        print(_line(*row))
    columns = list(zip(*(row[1:] for row in rows), strict=True))
    cost, alone, beside, quiet_alone, quiet_beside = (median(column) for column in columns)
    print(_line("**median**", cost, alone, beside, quiet_alone, quiet_beside))


def _row(case: str, core: int, *modes: Sequence[PairSample]) -> tuple[str, float, float, float, float, float] | None:
    everything = [one for mode in modes for one in mode if one.core == core]
    limits = (
        undisturbed_us([us for one in everything for us in one.base.reference_us]),
        undisturbed_us([us for one in everything for us in one.head.reference_us]),
    )
    costs, spreads, quiet = [], [], []
    for mode in modes:
        own = [one for one in mode if one.case == case and one.core == core]
        logs = [log for one in own if isinstance(log := log_ratio(one, limits), float)]
        if len(logs) < 3:
            return None
        masks = [
            undisturbed_mask(one.base.reference_us, limits[0]) & undisturbed_mask(one.head.reference_us, limits[1])
            for one in own
        ]
        costs.append(median(float(np.median(one.base.cpu_us)) for one in own))
        spreads.append(float(np.std(logs, ddof=1)))
        quiet.append(float(np.mean(np.concatenate(masks))))
    return case, math.log(costs[1] / costs[0]), spreads[0], spreads[1], quiet[0], quiet[1]


def _line(case: str, cost: float, alone: float, beside: float, quiet_alone: float, quiet_beside: float) -> str:
    return f"| {case} | {math.expm1(cost):+.1%} | {alone:.2%} | {beside:.2%} | {quiet_alone:.0%} | {quiet_beside:.0%} |"


if __name__ == "__main__":
    main()
