"""How much blocks of one code against itself differ, by two ways to compare servers: one loaded after the other, and
both asked in windows that alternate.

    python docs/serving.py [--case raw_asgi:plain]... [--blocks 12]
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from statistics import median, stdev
from time import perf_counter

from bench.analysis.comparison.blocks import log_ratio
from bench.analysis.load.summary import server_cpu_us
from bench.catalog.scenarios import hot
from bench.cli import interruption
from bench.measure.job import Job
from bench.measure.load import measure
from bench.measure.paired_serving import PairedServing
from bench.model.pair_samples import PairSample
from bench.model.workload import Case, EffortName, Pass
from bench.runner.agent_pair import PairedPlan
from bench.runner.plan import Plan
from bench.runner.streams import CoreStream
from bench.stats.intervals import estimate
from bench.stats.windows import undisturbed_us
from bench.workflows.planning import plan
from bench.workflows.request import MeasurementRequest

LOADED_S = 3.0
Logs = Callable[[Plan, Case, int], Iterator[float]]


def one_after_the_other(ready: Plan, case: Case, blocks: int) -> Iterator[float]:
    """ln(head/base) of server CPU of each block, at the speed of the undisturbed core: base, head, head, base."""
    scenario, file = hot()
    longer = scenario.model_copy(update={"duration_s": LOADED_S / ready.effort.load_share})
    job, ceiling, pairs = Job(ready, case, longer, file), None, []
    for number in range(blocks):
        first = measure(job, number, ceiling)
        second = measure(job, number, ceiling := first.ceiling)
        pairs.append((second, first) if number % 2 else (first, second))
    idle_us = undisturbed_us(list(chain.from_iterable(one.idle_reference_us for pair in pairs for one in pair)))
    for base, head in pairs:
        base_us, head_us = server_cpu_us(base, idle_us), server_cpu_us(head, idle_us)
        if base_us and head_us:
            yield math.log(head_us / base_us)


def in_windows(ready: Plan, case: Case, blocks: int) -> Iterator[float]:
    """The same, without blocks of which too few windows had an undisturbed core."""
    serving = PairedServing(PairedPlan(ready, ready))
    seen = [next(serving.block(number, "pilot", [case], CoreStream(None))) for number in range(blocks)]
    pairs = [one for one in seen if isinstance(one, PairSample)]
    limits = (
        undisturbed_us(list(chain.from_iterable(one.base.reference_us for one in pairs))),
        undisturbed_us(list(chain.from_iterable(one.head.reference_us for one in pairs))),
    )
    yield from (log for one in pairs if isinstance(log := log_ratio(one, limits), float))


def row(logs: Logs, ready: Plan, case: Case, blocks: int) -> str:
    begin_s = perf_counter()
    found = list(logs(replace(ready, cases=(case,)), case, blocks))
    each_s = (perf_counter() - begin_s) / blocks
    half = estimate(found).half_width or math.nan
    differ = f"{stdev(found):.2%} | {median(found):+.2%} | ±{half:.2%}"
    return f"{len(found)} of {blocks} | {each_s:.1f} | {differ} | {stdev(found) / math.sqrt(90 / each_s):.2%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", action="append")
    parser.add_argument("--blocks", type=int, default=12)
    asked = parser.parse_args()
    globs = tuple(asked.case or ("raw_asgi:plain", "fastapi_plain:plain"))
    ready, _ = plan(MeasurementRequest((Pass.LOAD,), EffortName.DEFAULT, globs=globs))
    ways: dict[str, Logs] = {"one after the other": one_after_the_other, "windows that alternate": in_windows}
    print("| case | servers | blocks | s per block | standard deviation | median | 95% interval | error in 90 s |")
    print("|---|---|---|---|---|---|---|---|")
    for case in ready.cases:
        for name, logs in ways.items():
            print(f"| `{case.id}` | {name} | {row(logs, ready, case, asked.blocks)} |", flush=True)


if __name__ == "__main__":
    with interruption.restored():
        main()
