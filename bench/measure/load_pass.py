"""The load pass: every scenario over its cases, launch by launch, or the search for the highest rate of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.load.topology import HERE, Topology
from bench.measure.job import Job
from bench.measure.load import measure
from bench.measure.rate_search import search
from bench.model.load import Ceiling, LoadSample, SearchSample
from bench.model.run import MissingSample
from bench.model.workload import Case, Objective, Pass, Scenario
from bench.runner.plan import Plan
from bench.serving.errors import LoadError


@dataclass(frozen=True)
class Loads:
    """The scenarios to run by file, with the cases of each, and where. An `objective` puts a search in their place."""

    by_file: Mapping[Path, tuple[Scenario, tuple[Case, ...]]] = field(default_factory=dict)
    setting: Topology = HERE
    objective: Objective | None = None

    def jobs(self, plan: Plan) -> list[Job]:
        return [
            Job(plan, case, scenario, file, self.setting)
            for file, (scenario, cases) in self.by_file.items()
            for case in cases
        ]


def run(plan: Plan, loads: Loads) -> Iterator[LoadSample | SearchSample | MissingSample]:
    """Samples as they are made; one that fails is an absence, and isn't tried again. A search comes again and again, as
    far as it has got."""
    if loads.objective is not None:
        for job in loads.jobs(plan):
            try:
                yield from search(job, loads.objective)
            except LoadError as error:
                yield MissingSample.invalid(job.case.id, Pass.LOAD, error, job.scenario.name)
        return
    failed: set[tuple[str, str]] = set()
    reached: dict[tuple[str, str], Ceiling | None] = {}
    for launch in range(plan.effort.load_launches):
        for job in loads.jobs(plan):
            key = (job.scenario.name, job.case.id)
            if key in failed:
                continue
            try:
                sample = measure(job, launch, reached.get(key))
            except LoadError as error:
                failed.add(key)
                yield MissingSample.invalid(job.case.id, Pass.LOAD, error, job.scenario.name)
            else:
                reached[key] = sample.ceiling
                yield sample
