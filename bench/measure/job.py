"""A case under a scenario, and all those of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.load.topology import HERE, Topology
from bench.model.exchange import Exchange
from bench.model.scenario import Objective, Scenario
from bench.model.workload import Case
from bench.runner.plan import Plan


@dataclass(frozen=True)
class Job:
    """A case under a scenario, whose file is `file`. Without a target, its `exchange` is what its server answered.
    `traffic` are the routes that a whole app is asked for, with their weights."""

    plan: Plan
    case: Case
    scenario: Scenario
    file: Path
    setting: Topology = HERE
    exchange: Exchange | None = None
    traffic: Mapping[Case, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Loads:
    """The scenarios to run by file, with the cases of each, and where. An `objective` puts a search in their place. The
    `exchange` is that of the one case without a target, if there is one. `traffic` are the routes of an app that is
    loaded as a whole, with their weights."""

    by_file: Mapping[Path, tuple[Scenario, tuple[Case, ...]]] = field(default_factory=dict)
    setting: Topology = HERE
    objective: Objective | None = None
    exchange: Exchange | None = None
    traffic: Mapping[Case, float] = field(default_factory=dict)

    def jobs(self, plan: Plan) -> list[Job]:
        return [
            Job(plan, case, scenario, file, self.setting, self.exchange, self.traffic if case.whole_app else {})
            for file, (scenario, cases) in self.by_file.items()
            for case in cases
        ]
