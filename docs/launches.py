"""What makes launches differ? Blocks of one stack against itself, whose processes are started in several ways.

    python docs/launches.py [--rounds 12] [--case GLOB …]

Each round measures a block each way, in random order, on the first core; both sides are the same code, so ln(head/base)
is zero in truth. Prints for each way, in the median of the cases and in the worst one,

- SD of blocks: the standard deviation of a block's ln(head/base)
- SD of launches: the standard deviation over launches of the log of what a request costs on the base.

A way whose blocks differ much less than those of fresh launches shows what makes them differ. It is none to measure by:
users' processes start in the usual way. docs/pairing.md has the results.
"""

from __future__ import annotations

import argparse
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from bench.analysis.comparison.blocks import log_ratio
from bench.host.affinity import stream_cores
from bench.measure.paired_timing import PairedTiming
from bench.model.pair_samples import PairSample
from bench.model.workload import Pass
from bench.runner import agreement
from bench.runner.agent_pair import AgentPair, Instruments, PairedPlan
from bench.runner.agent_process import PATIENCE_S, Instrument
from bench.runner.streams import CoreStream
from bench.stack.recipe import read
from bench.stats.windows import undisturbed_us
from bench.workflows import planning
from bench.workflows.request import MeasurementRequest

WAYS = {
    "fresh, as in a comparison": (),
    "one hash seed": ("env", "PYTHONHASHSEED=1"),
    "no randomised addresses": ("setarch", "-R"),
    "both of these": ("setarch", "-R", "env", "PYTHONHASHSEED=1"),
    "malloc": ("env", "PYTHONMALLOC=malloc"),
    "malloc, one arena": ("env", "PYTHONMALLOC=malloc", "MALLOC_ARENA_MAX=1"),
    "no huge pages": ("env", "GLIBC_TUNABLES=glibc.malloc.hugetlb=0"),
}
CASES = ("raw_asgi:plain", "fastapi_plain:plain", "fastapi_response_model:rows100", "fastapi_json_response:rows100")


@dataclass(frozen=True)
class StartedBy(PairedPlan):
    """Both sides are started by these words."""

    words: tuple[str, ...] = ()

    def launch(self, launch: int, under: Instruments = (None, None)) -> AgentPair:
        own = Instrument(self.words, PATIENCE_S) if self.words else None
        return super().launch(launch, (own, own))


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rounds", type=int, default=12)
    asked.add_argument("--case", action="append", default=[], help="a glob; four cases by default")
    given = asked.parse_args()
    recipe, core = read(""), stream_cores()[0]
    request = MeasurementRequest((Pass.TIMING,), globs=tuple(given.case) or CASES)
    arms, _ = planning.arms(request, recipe, recipe, (None, None))
    list(agreement.check(arms))  # what a call costs is known then
    engines = {
        way: PairedTiming(StartedBy(arms.base, arms.head, words=words), 0.5 * given.rounds)
        for way, words in WAYS.items()
    }
    found: dict[str, list[PairSample]] = {way: [] for way in WAYS}
    for number in range(1, given.rounds + 1):
        for way in random.sample(list(WAYS), len(WAYS)):
            block = engines[way].block(number, "pilot", arms.base.cases, CoreStream(core))
            found[way] += [one for one in block if isinstance(one, PairSample)]
    print(f"{len(arms.base.cases)} cases, {given.rounds} blocks each way, on core {core}")
    print("| processes | SD of blocks | worst | SD of launches | worst |")
    print("|---|---|---|---|---|")
    for way, samples in found.items():
        print(_line(way, samples))


def _line(way: str, samples: Sequence[PairSample]) -> str:
    limits = (
        undisturbed_us([us for one in samples for us in one.base.reference_us]),
        undisturbed_us([us for one in samples for us in one.head.reference_us]),
    )
    blocks: list[float] = []
    launches: list[float] = []
    for case in {one.case for one in samples}:
        own = [one for one in samples if one.case == case]
        logs = [log for one in own if isinstance(log := log_ratio(one, limits), float)]
        if len(logs) > 2:
            blocks.append(float(np.std(logs, ddof=1)))
            launches.append(float(np.std([math.log(median(one.base.cpu_us)) for one in own], ddof=1)))
    if not blocks:
        return f"| {way} | too few undisturbed blocks | | | |"
    figures = (median(blocks), max(blocks), median(launches), max(launches))
    return f"| {way} | {' | '.join(f'{figure:.2%}' for figure in figures)} |"


if __name__ == "__main__":
    main()
