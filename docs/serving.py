"""How much blocks of one code against itself differ, by both ways to compare servers: one loaded after the other, and
both asked in windows that alternate.

    python docs/serving.py [--case raw_asgi:plain]... [--blocks 12]
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from statistics import median, stdev
from time import perf_counter
from typing import TypeAlias

from bench.analysis.blocks import log_ratio
from bench.analysis.load import server_cpu_us
from bench.cli import interruption
from bench.measure.paired_load import PairedLoad
from bench.measure.paired_serving import PairedServing
from bench.model.comparison import PairSample, ServedPair
from bench.model.run import MissingSample
from bench.model.workload import Case, EffortName, Pass
from bench.runner.agent_pair import PairedPlan
from bench.runner.streams import CoreStream
from bench.stats.intervals import estimate
from bench.stats.windows import undisturbed_us
from bench.workflows import load_selection
from bench.workflows.planning import plan
from bench.workflows.request import MeasurementRequest

Blocks: TypeAlias = PairedLoad | PairedServing


def logs(pairs: Sequence[ServedPair | PairSample]) -> Iterator[float]:
    """ln(head/base) of each block, at the speed of the undisturbed core."""
    served = [one for one in pairs if isinstance(one, ServedPair)]
    idle_us = undisturbed_us(list(chain.from_iterable(one.base.idle_reference_us for one in served))) if served else 0.0
    for one in served:
        base, head = server_cpu_us(one.base, idle_us), server_cpu_us(one.head, idle_us)
        if base and head:
            yield math.log(head / base)
    windows = [one for one in pairs if isinstance(one, PairSample)]
    if windows:
        limits = (
            undisturbed_us(list(chain.from_iterable(one.base.reference_us for one in windows))),
            undisturbed_us(list(chain.from_iterable(one.head.reference_us for one in windows))),
        )
        yield from (log for one in windows if isinstance(log := log_ratio(one, limits), float))


def measured(make: Callable[[], Blocks], case: Case, blocks: int) -> str:
    """A row of the table."""
    pairs: list[ServedPair | PairSample] = []
    measurer, begin_s = make(), perf_counter()
    for number in range(blocks):
        for one in measurer.block(number, "pilot", [case], CoreStream(None)):
            if isinstance(one, MissingSample):
                return f"INVALID: {one.reason}"
            pairs.append(one)
    each_s, found = (perf_counter() - begin_s) / blocks, list(logs(pairs))
    half = estimate(found).half_width or math.nan
    in_90_s = stdev(found) / math.sqrt(90 / each_s)
    differ = f"{stdev(found):.2%} | {median(found):+.2%} | ±{half:.2%}"
    return f"{len(found)} of {blocks} | {each_s:.1f} | {differ} | {in_90_s:.2%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", action="append")
    parser.add_argument("--blocks", type=int, default=12)
    asked = parser.parse_args()
    globs = tuple(asked.case or ("raw_asgi:plain", "fastapi_plain:plain"))
    choice = MeasurementRequest((Pass.LOAD,), EffortName.DEFAULT, globs=globs)
    ready, _ = plan(choice)
    served, scenario, file = load_selection.served(PairedPlan(ready, ready), choice)
    ways: dict[str, Callable[[], Blocks]] = {
        "one after the other": lambda: PairedLoad(served, scenario, file),
        "windows that alternate": lambda: PairedServing(served),
    }
    print("| case | servers | blocks | s per block | standard deviation | median | 95% interval | error in 90 s |")
    print("|---|---|---|---|---|---|---|---|")
    for case in served.base.cases:
        for name, make in ways.items():
            print(f"| `{case.id}` | {name} | {measured(make, case, asked.blocks)} |", flush=True)


if __name__ == "__main__":
    with interruption.restored():
        main()
