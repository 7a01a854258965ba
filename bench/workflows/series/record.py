"""Keeps the record of a package: what its plan asks for and its file doesn't have is measured, one comparison after
another, each of which is kept before the next one begins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from bench.analysis.series import record as analysis
from bench.analysis.series import record_lines
from bench.analysis.series.bisection import NextComparison
from bench.analysis.series.release_plan import NextPair, next_pair
from bench.host import fingerprint
from bench.model.errors import UsageError
from bench.model.record import RecordedComparison, RecordHeader
from bench.model.record_plan import GATES, PackagePlan
from bench.model.run import MEASUREMENT
from bench.model.series import SeriesMetric, SeriesRequest
from bench.runner.agent_process import AgentError
from bench.stack import releases as stack_releases
from bench.stack.environment import Environment
from bench.stack.uv import StackError, UnreachedError
from bench.store.files import StoreError
from bench.store.record import RecordFile
from bench.store.redaction import placeless
from bench.workflows import stacks
from bench.workflows.request import MeasurementRequest
from bench.workflows.series.series import SeriesListener, recipe

Measure = Callable[[SeriesMetric, NextComparison], RecordedComparison]
"""A comparison of two releases by a metric, as a line. Raises StackError and AgentError for what can't be compared."""


def known(file: RecordFile, plan: PackagePlan) -> tuple[RecordHeader, tuple[RecordedComparison, ...]] | None:
    """What a file holds, if it can be gone on with by this plan. Raises StoreError and UsageError."""
    found = file.load()
    if found is not None and found[0].python != plan.python:
        raise UsageError(
            f"{file.path}: was measured on Python {found[0].python}, the plan says {plan.python}; change the plan, or "
            "begin a new record in another folder with --results DIR"
        )
    return found


def prepared(file: RecordFile, plan: PackagePlan) -> tuple[RecordHeader, Environment]:
    """The header with all releases that there are now, and the environment of the anchor: the newest release when the
    record begins, and the same ever after. Raises StackError, StoreError and UsageError."""
    found = known(file, plan)
    releases = stack_releases.matching(plan.package, f">={plan.since}", plan.python)
    anchor, choice = found[0].anchor if found else releases[-1], MeasurementRequest(())
    named = recipe(request(plan, "cpu_us", 0.0), anchor)
    if found is None:
        environment = stacks.build(choice, named, plan.python)
        header = RecordHeader(
            package=plan.package,
            anchor=anchor,
            python=plan.python,
            lock_sha256=environment.stack.lock_sha256,
            releases=releases,
        )
        file.begin(header, environment.lock)
        return header, environment
    header = found[0].model_copy(update={"releases": analysis.ordered(found[0].releases, releases)})
    if header != found[0]:
        file.change(header)
    return header, stacks.restore(choice, named, file.lock(header), plan.python)


def request(plan: PackagePlan, gate: SeriesMetric, budget_s: float) -> SeriesRequest:
    """What every comparison by a metric has in common; its cases are chosen by their ids."""
    return SeriesRequest(
        package=plan.package, cases=(), margin=plan.margin, budget_s=budget_s, python=plan.python, metric=gate
    )


@dataclass(frozen=True)
class PackageRecorder:
    """Measures what the record of one package lacks, and `repeat` releases once more. What had no figure before `began`
    is asked for again."""

    plan: PackagePlan
    file: RecordFile
    measure: Measure
    progress: SeriesListener
    began: datetime
    repeat: int = 0
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def compare_releases(self) -> None:
        """Only what lines are made of: every planned release against the anchor, by all metrics. Raises as `record`."""
        self._measure_all(lambda ask: ask.why == "release")

    def record(self) -> None:
        """Raises UnreachedError where no package index can be reached, StoreError and KeyboardInterrupt."""
        self._measure_all(lambda _: True)
        again = tuple(self._longest_ago())
        for left, (gate, release) in zip(range(len(again), 0, -1), again, strict=True):
            self._measured(gate, NextComparison(self._header.anchor, release, self.plan.margin, confirms=False), left)

    @property
    def _gates(self) -> Iterator[SeriesMetric]:
        return (gate for gate in GATES if self.plan.of_gate(gate))

    @property
    def _header(self) -> RecordHeader:
        return self._read()[0]

    def _measure_all(self, wanted: Callable[[NextPair], bool]) -> None:
        gates = list(self._gates)
        for at, gate in enumerate(gates):
            later = [ask.left for one in gates[at + 1 :] if (ask := self._next(one)) is not None]
            while (ask := self._next(gate)) is not None and wanted(ask):
                self._measured(gate, ask.comparison(self.plan.margin), ask.left + sum(later))

    def _next(self, gate: SeriesMetric) -> NextPair | None:
        header, measured = self._read()
        return next_pair(
            analysis.planned(header.releases, self.plan),
            header.releases,
            header.anchor,
            analysis.quantities(self.plan, gate),
            analysis.pairs(analysis.settled(measured, self.began), gate),
            self.plan.margin,
        )

    def _longest_ago(self) -> Iterator[tuple[SeriesMetric, str]]:
        header, measured = self._read()
        for gate in self._gates:
            for release in analysis.longest_ago(header.anchor, measured, gate)[: self.repeat]:
                yield gate, release

    def _measured(self, gate: SeriesMetric, ask: NextComparison, left: int) -> None:
        anchor = self._header.anchor
        release = ask.head if ask.base == anchor else f"{ask.base} → {ask.head}"
        self.progress.begins(f"{self.plan.package} {release}", left)
        try:
            line = self.measure(gate, ask)
        except UnreachedError:
            raise
        except (StackError, AgentError) as error:
            line = self._failed(gate, ask, error)
        self.file.append(line)

    def _failed(self, gate: SeriesMetric, ask: NextComparison, error: Exception) -> RecordedComparison:
        return RecordedComparison(
            gate=gate,
            base=ask.base,
            head=ask.head,
            measured_at=self.now(),
            elapsed_s=0.0,
            margin=ask.margin,
            seed=0,
            machine=fingerprint.describe().published,
            harness_version=version("fastapi-layercake"),
            measurement=MEASUREMENT,
            reason=record_lines.short(placeless(str(error))),
        )

    def _read(self) -> tuple[RecordHeader, tuple[RecordedComparison, ...]]:
        found = self.file.load()
        if found is None:
            raise StoreError(f"{self.file.path}: was removed while it was measured; repeat the command")
        return found
