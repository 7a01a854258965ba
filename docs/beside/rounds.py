"""layercake beside pyperf and pytest-benchmark: two stacks that are the same code, the same cases, the same time.

    python docs/beside [--rounds 5] [--seconds 15] [--base REQS] [--head REQS] [--case CASE …]

Each tool compares each case in each round, in an order shuffled anew, and has so many seconds for both stacks together.
Whatever it calls slower or faster is a false alarm. docs/pairing.md has a table, and what it says.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools import PYPERF, Pyperf, PytestBenchmark, Seen, Task, Tool, ToolError, layercake, t

from bench.catalog.source import CatalogError
from bench.cli import interruption
from bench.host import fingerprint
from bench.measure.pytest_benchmark import SuiteError
from bench.model.workload import Pass
from bench.stack.recipe import read
from bench.stack.uv import StackError
from bench.store.files import StoreError
from bench.text.numbers import DASH
from bench.workflows import planning
from bench.workflows.request import MeasurementRequest

CASES = ("starlette_plain:plain", "fastapi_plain:plain", "fastapi_response_model:rows100", "fastapi_body:create")
BASE, HEAD = "fastapi==0.129.1", "fastapi==0.129.2"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="beside", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=15.0, help="for one case by one tool, both stacks together")
    parser.add_argument("--base", default=BASE, metavar="REQS")
    parser.add_argument("--head", default=HEAD, metavar="REQS")
    parser.add_argument("--case", action="append", help="may be repeated")
    asked = parser.parse_args()
    seen: list[Seen] = []
    try:
        with interruption.restored(), tempfile.TemporaryDirectory(prefix="layercake-") as name:
            for where, one in _compared(_task(asked, Path(name)), asked.rounds):
                seen.append(one)  # before it is shown: what was shown is in the table
                _print(where, one)
    except KeyboardInterrupt:
        print("interrupted; the table is of what was measured until then", file=sys.stderr)
        _show(seen)
        sys.exit(interruption.INTERRUPTED)
    except (CatalogError, StackError, StoreError, SuiteError, ToolError) as error:
        print(f"beside: {error}", file=sys.stderr)
        sys.exit(2)
    _show(seen)


def _task(asked: argparse.Namespace, folder: Path) -> Task:
    """Both stacks, for cases that both can serve with nothing beside them.

    Raises CatalogError, StackError and ToolError.
    """
    recipes = read(asked.base), read(asked.head)
    chosen = MeasurementRequest((Pass.TIMING, Pass.ALLOCATIONS), globs=tuple(asked.case or CASES))
    arms, skipped = planning.arms(chosen, *recipes, (None, None))
    for one in skipped:
        raise ToolError(f"{one.case}: {one.reason}; leave it out")
    for case in arms.base.cases:
        if arms.base.targets[case.target].services or not case.belongs_to(Pass.SUITE):
            raise ToolError(f"{case.id} needs a service, or isn't for pytest-benchmark; leave it out")
    return Task(arms, recipes, asked.seconds, folder)


def _compared(task: Task, rounds: int) -> Iterator[tuple[str, Seen]]:
    """Everything that is seen, each with where."""
    plan, machine = task.arms.base, fingerprint.describe()
    tools: list[Tool] = [layercake, Pyperf(plan.environment.python, task.folder / "pyperf"), PytestBenchmark()]
    print(
        f"{task.recipes[0].named} beside {task.recipes[1].named} on Python {plan.environment.stack.python}: "
        f"{len(plan.cases)} cases, {rounds} rounds, {task.seconds:g} s each, with {PYPERF} and "
        f"pytest-benchmark=={plan.environment.stack.packages['pytest-benchmark']}, on {machine.cores} cores"
        f"{' of a virtual machine' if machine.virtualised else ''} ({machine.cpu_model})\n",
        flush=True,
    )
    for number in range(1, rounds + 1):
        for case in random.sample(plan.cases, len(plan.cases)):
            for tool in random.sample(tools, len(tools)):
                for one in tool(task.of(case)):
                    yield f"round {number} of {rounds}  {case.id:32}", one


def _print(where: str, one: Seen) -> None:
    ratio = DASH if one.log_ratio is None else f"{math.expm1(one.log_ratio):+.2%}"
    half = "" if one.log_half is None else f"±{one.log_half:.2%}"
    print(f"{where}{one.rule:53}{one.seconds:5.1f} s{ratio:>9}{half:>9}  {one.said}", file=sys.stderr, flush=True)


def _show(seen: Sequence[Seen]) -> None:
    """A line a rule. Both stacks are the same code: the truth of every ratio is 1, and its spread needs no model."""
    columns = (
        "what decides",
        "time",
        "comparisons",
        "slower",
        "faster",
        "99% interval",
        "holds 1",
        "by spread",
        "worst",
    )
    for line in (columns, ["---"] * len(columns)):
        print("| " + " | ".join(line) + " |")
    for rule in sorted({one.rule for one in seen}):
        own = [one for one in seen if one.rule == rule]
        print(f"| `{rule}` | " + " | ".join(_cells(own)) + " |")


def _cells(own: Sequence[Seen]) -> Iterator[str]:
    logs = [one.log_ratio for one in own if one.log_ratio is not None]
    intervals = [(one.log_ratio, one.log_half) for one in own if one.log_ratio is not None and one.log_half is not None]
    yield f"{statistics.median(one.seconds for one in own):.1f} s"
    yield str(len(own)) if len(logs) == len(own) else f"{len(logs)} of {len(own)}"
    yield str(sum(one.said == "slower" for one in own))
    yield str(sum(one.said == "faster" for one in own))
    yield f"±{statistics.median(half for _, half in intervals):.2%}" if intervals else DASH
    yield f"{sum(abs(log) <= half for log, half in intervals)} of {len(intervals)}" if intervals else DASH
    yield f"±{t(len(logs)) * math.sqrt(statistics.fmean(log**2 for log in logs)):.2%}" if logs else DASH
    yield f"{max((math.expm1(log) for log in logs), key=abs):+.1%}" if logs else DASH
