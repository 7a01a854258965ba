"""Each tool as a function that compares one case on two stacks in the time that it is given.

- layercake: the pairing and the verdict of `bench compare`, with the time as its budget and a margin of 1%.
- pyperf: its defaults, with as many worker processes as fit into the time; `pyperf compare_to` decides. The interval is
  Welch's, of the means of worker processes.
- pytest-benchmark: `bench suite`, with as long a `--benchmark-max-time` as fits; its own check for
  `--benchmark-compare-fail` decides, which knows slower only: for faster, the stacks are swapped. The interval is
  Welch's, of its rounds.

The last two run one stack after the other, as people run them, with half of the time for either; what fits is tried
before a case's first comparison. All are pinned to the core that `bench` measures on.
"""

from __future__ import annotations

import json
import math
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from pytest_benchmark.utils import parse_compare_fail
from scipy.special import stdtrit

from bench.analysis.comparison.verdicts import CHANGED, primary_results
from bench.measure import pytest_benchmark
from bench.measure.paired_timing import PairedTiming
from bench.model.comparison import Result
from bench.model.workload import Case
from bench.runner.agent_pair import PairedPlan
from bench.runner.plan import Plan
from bench.stack.recipe import Recipe
from bench.stack.uv import uv
from bench.stats.two_stage import CONFIDENCE
from bench.workflows.comparison import compare
from bench.workspace import PROJECT

PYPERF = "pyperf==2.11.0"
MARGIN = 0.01
SPEEDS = (0, 1)
FIELDS = ("min", "median", "mean")
THRESHOLD = 5
LONGEST_S = 600.0

Number = TypeVar("Number", int, float)
Arm = tuple[float, float, int]
"""Mean, standard deviation and number of what a tool takes for replicates."""


class ToolError(Exception):
    """A tool that gave no result; the message quotes it."""


@dataclass(frozen=True)
class Task:
    """What a tool is given: both stacks, how they were named, its time, and a folder for what comes and goes."""

    arms: PairedPlan
    recipes: tuple[Recipe, Recipe]
    seconds: float
    folder: Path

    @property
    def case(self) -> Case:
        (case,) = self.arms.base.cases
        return case

    def of(self, case: Case) -> Task:
        """This case alone, with hash seeds and orders that no other comparison has had."""
        seed = random.SystemRandom().randrange(2**32)
        base, head = (replace(plan, cases=(case,), seed=seed) for plan in (self.arms.base, self.arms.head))
        return replace(self, arms=PairedPlan(base, head), folder=Path(tempfile.mkdtemp(dir=self.folder)))


@dataclass(frozen=True)
class Seen:
    """One comparison of one case by one rule: the log ratio that it found, None for none, and what it says of it."""

    rule: str
    seconds: float
    log_ratio: float | None
    log_half: float | None = None
    said: str = ""


Tool = Callable[[Task], Iterator[Seen]]


class Silent:
    """Shows no progress."""

    def expects(self, total_s: float) -> None: ...

    def reached(self, doing: str, subject: str, spent_s: float) -> None: ...


def layercake(task: Task) -> Iterator[Seen]:
    """Raises ToolError for a case that can't be timed. One on a disturbed core has no ratio."""
    start_s = time.perf_counter()
    base, head = task.arms.base.environment.stack, task.arms.head.environment.stack
    sides = task.recipes[0].side(base), task.recipes[1].side(head)
    question = compare.ComparisonSpec(task.arms, sides, (), MARGIN, task.seconds)
    recording = compare.begin(question, (), task.folder, PROJECT)
    compare.measure(recording, task.arms, PairedTiming(task.arms, compare.FOR_PATIENCE * task.seconds), Silent())
    seconds = time.perf_counter() - start_s
    found = recording.document
    if found.disagreements or found.absences:
        reasons = [one.reason for one in found.absences] or ["the stacks answer differently"]
        raise ToolError(f"{task.case.id}: {'; '.join(reasons)}; leave it out")
    (result,) = primary_results(found)
    yield _judged(result, seconds)


def _judged(result: Result, seconds: float) -> Seen:
    rule = f"layercake, margin {MARGIN:.0%}"
    if result.ratio is None or result.ci_low is None or result.ci_high is None:
        print(f"{result.case}: {'; '.join(result.reasons)}", file=sys.stderr)
        return Seen(rule, seconds, None)
    said = str(result.verdict) if result.verdict in CHANGED else ""
    return Seen(rule, seconds, math.log(result.ratio), math.log(result.ci_high / result.ci_low) / 2, said)


class Pyperf:
    """pyperf, installed for a stack's `python` into a `folder` of its own: no lock knows it. Raises StackError."""

    def __init__(self, python: Path, folder: Path) -> None:
        self._folder = folder
        self._processes: dict[str, int] = {}
        uv("pip", "install", "--target", str(folder), "--python", str(python), PYPERF)

    def __call__(self, task: Task) -> Iterator[Seen]:
        """Raises ToolError."""
        if task.case.id not in self._processes:
            fitting = _fitting(
                lambda number: self._run(task.arms.base, task.folder / f"{number}.json", number), 1, 4, task
            )
            self._processes[task.case.id] = max(2, round(fitting))  # one alone says nothing of how much they differ
        base, head = task.folder / "base.json", task.folder / "head.json"
        seconds = self._run(task.arms.base, base, self._processes[task.case.id])
        seconds += self._run(task.arms.head, head, self._processes[task.case.id])
        ratio, half = _welch(_workers(base), _workers(head))
        for speed in SPEEDS:
            words = ("compare_to", str(base), str(head), "--quiet", "--group-by-speed", f"--min-speed={speed}")
            out = self._python(task.arms.base, "-m", "pyperf", *words)
            said = "slower" if "Slower (1)" in out else "faster" if "Faster (1)" in out else ""
            yield Seen(f"pyperf compare_to --min-speed={speed}", seconds, ratio, half, said)

    def _run(self, plan: Plan, file: Path, processes: int) -> float:
        """Seconds of the whole command, as a user would type it."""
        (case,) = plan.cases
        words = [str(Path(__file__).with_name("pyperf_case.py")), str(plan.folder.resolve())]
        words += [json.dumps(plan.arguments(case)), "--quiet", f"--processes={processes}", f"--output={file}"]
        if plan.cores.measured:
            words.append(f"--affinity={','.join(map(str, plan.cores.measured))}")
        start_s = time.perf_counter()
        with _pinned(plan.cores.measured):
            self._python(plan, *words)
        return time.perf_counter() - start_s

    def _python(self, plan: Plan, *words: str) -> str:
        """What a command prints. In a session of its own, so that Ctrl-C reaches this script, which then ends all of
        it."""
        with subprocess.Popen(
            [str(plan.environment.python), *words],
            env={**os.environ, "PYTHONPATH": str(self._folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                out, _ = process.communicate(timeout=LONGEST_S)
            except BaseException:
                # Python gives a process a quarter of a second more after Ctrl-C, in which it may end by itself.
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                raise
        if process.returncode:
            raise ToolError(f"pyperf ended with status {process.returncode}: {out.strip()[-500:]}")
        return out


def _workers(file: Path) -> Arm:
    """Of the means of pyperf's worker processes; those that only calibrate have no values."""
    (benchmark,) = json.loads(file.read_text())["benchmarks"]
    means = [statistics.fmean(run["values"]) for run in benchmark["runs"] if run.get("values")]
    return statistics.fmean(means), statistics.stdev(means), len(means)


class PytestBenchmark:
    """The suite of `bench suite`, in which pytest-benchmark is at home."""

    def __init__(self) -> None:
        self._max_s: dict[str, float] = {}

    def __call__(self, task: Task) -> Iterator[Seen]:
        """Raises SuiteError and ToolError."""
        if task.case.id not in self._max_s:
            fitting = _fitting(lambda max_s: self._run(task.arms.base, max_s)[0], 0.2, 1.2, task)
            self._max_s[task.case.id] = max(0.1, fitting)
        (base_s, base), (head_s, head) = (
            self._run(plan, self._max_s[task.case.id]) for plan in (task.arms.base, task.arms.head)
        )
        _, half = _welch(*((one["mean"], one["stddev"], one["rounds"]) for one in (base, head)))
        for field in FIELDS:
            check = parse_compare_fail(f"{field}:{THRESHOLD}%")  # type: ignore[no-untyped-call]
            yield Seen(
                f"pytest-benchmark --benchmark-compare-fail={field}:{THRESHOLD}%",
                base_s + head_s,
                math.log(head[field] / base[field]),
                half if field == "mean" else None,
                "slower" if check.fails(head, base) else "faster" if check.fails(base, head) else "",
            )

    def _run(self, plan: Plan, max_s: float) -> tuple[float, dict[str, Any]]:
        """Seconds of the whole command, and the statistics of its rounds."""
        start_s = time.perf_counter()
        with _pinned(plan.cores.measured):
            found = pytest_benchmark.run(plan, max_s)
        seconds = time.perf_counter() - start_s
        if found.failures:
            raise ToolError("; ".join(found.failures))
        (benchmark,) = json.loads(found.json)["benchmarks"]
        return seconds, benchmark["stats"]


def _fitting(took_s: Callable[[Number], float], few: Number, many: Number, task: Task) -> float:
    """How much of something fits into one stack's half of the time, by how long few and many of it took."""
    few_s, many_s = took_s(few), took_s(many)
    each_s = max(0.01, (many_s - few_s) / (many - few))
    return few + (task.seconds / 2 - few_s) / each_s


@contextmanager
def _pinned(cores: Sequence[int] | None) -> Iterator[None]:
    """What is started meanwhile stays on these cores; this process only waits for it."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _welch(base: Arm, head: Arm) -> tuple[float, float]:
    """ln(head/base) of two means, and the half-width of its interval.

    The variances of the logs, (s/m)²/n, add up (Welch, "The generalization of 'Student's' problem when several
    different population variances are involved", Biometrika 34, 1947).
    """
    parts = [(deviation / mean) ** 2 / number for mean, deviation, number in (base, head)]
    freedom = sum(parts) ** 2 / sum(part**2 / (arm[2] - 1) for part, arm in zip(parts, (base, head), strict=True))
    return math.log(head[0] / base[0]), t(freedom) * math.sqrt(sum(parts))


def t(freedom: float) -> float:
    """What a standard error is to be multiplied with, for an interval of the confidence that verdicts have."""
    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))
