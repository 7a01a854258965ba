"""A case under a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.load.topology import HERE, Topology
from bench.model.workload import Case, Scenario
from bench.runner.plan import Plan


@dataclass(frozen=True)
class Job:
    """A case under a scenario, whose file is `file`."""

    plan: Plan
    case: Case
    scenario: Scenario
    file: Path
    setting: Topology = HERE
