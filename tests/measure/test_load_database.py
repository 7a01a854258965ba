"""Scenarios on a real PostgreSQL, whose CPU is told apart from the server's; skipped where none can start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from databases import scratch_home

from bench.catalog.scenarios import read_scenario
from bench.catalog.selection import cases
from bench.catalog.targets import read_targets
from bench.host.affinity import cores
from bench.measure.job import Job
from bench.measure.load import measure
from bench.model.load import LoadSample
from bench.model.workload import EffortName, Pass
from bench.runner.effort import EFFORTS
from bench.runner.plan import Plan
from bench.runner.services import beside
from bench.stack.environment import Environment
from bench.stats.histogram import percentile

CASES = ("service_asyncpg:user", "export_string:export5", "export_cursor:export5")
Load = Callable[[str, str], LoadSample]


@pytest.fixture(scope="module")
def load(environment: Environment, root: Path) -> Iterator[Load]:
    """One launch of a scenario on a case."""
    targets = read_targets(root / "targets")
    loaded = tuple(case for case in cases(targets) if case.id in CASES)
    plan = Plan(environment, root / "targets", targets, loaded, EFFORTS[EffortName.QUICK], cores(), seed=1)
    with scratch_home(), beside(plan, Pass.LOAD) as (ready, absences):
        assert absences == ()

        def load(name: str, case_id: str) -> LoadSample:
            file = root / "scenarios" / f"{name}.py"
            case = next(case for case in ready.cases if case.id == case_id)
            return measure(Job(ready, case, read_scenario(file), file), launch=0)

        yield load


@pytest.mark.slow
def test_a_mix_of_requests_is_answered_rightly_and_the_database_works_for_it(load: Load) -> None:
    sample = load("mix", "service_asyncpg:user")
    assert sample.errors == {}
    assert sample.server_requests == sample.client_requests
    assert sample.verified == sample.requests
    assert {endpoint.name for endpoint in sample.endpoints} >= {"user", "list", "orders", "create"}
    assert sample.database_cpu_s is not None
    assert 0 < sample.database_cpu_s < sample.duration_s


@pytest.mark.slow
def test_others_wait_longer_for_an_export_as_one_string_than_for_one_by_a_cursor(load: Load) -> None:
    waits = {}
    for case in ("export_string:export5", "export_cursor:export5"):
        sample = load("export", case)
        assert sample.errors == {}
        assert sample.server_requests == sample.client_requests
        found = {endpoint.name: endpoint for endpoint in sample.endpoints}
        assert found.keys() == {"export", "health"}
        assert found["export"].verified == found["export"].requests
        waits[case] = percentile(found["health"].latency, 0.9)
    whole, batched = waits.values()
    assert whole is not None
    assert batched is not None
    assert whole > batched
