"""Who measures a comparison follows from what decides it."""

from __future__ import annotations

from pathlib import Path

import pytest
from plans import plan, write_target

from bench.measure.paired_serving import BLOCK_S, PairedServing
from bench.measure.paired_startup import PairedStartup
from bench.measure.paired_timing import PairedTiming
from bench.model.comparison import PrimaryMetric
from bench.model.errors import UsageError
from bench.runner.agent_pair import PairedPlan
from bench.stack.environment import Environment
from bench.workflows.comparison.measurers import measurer
from bench.workflows.comparison.startup_selection import passes_of, series_cases
from bench.workflows.request import MeasurementRequest


@pytest.fixture
def paired(environment: Environment, tmp_path: Path) -> PairedPlan:
    for name in ("first", "second"):
        write_target(tmp_path, name, "")
    ready = plan(environment, tmp_path)
    return PairedPlan(ready, ready)


def asked(folder: Path, *globs: str, metric: PrimaryMetric = "server_cpu_us") -> MeasurementRequest:
    return MeasurementRequest(passes_of(metric), globs=globs, targets=folder)


@pytest.mark.parametrize(
    ("metric", "kind"),
    [("cpu_us", PairedTiming), ("startup_cpu_ms", PairedStartup), ("rest_mb", PairedStartup)],
)
def test_in_process_every_case_of_the_plan_is_measured(
    paired: PairedPlan, tmp_path: Path, metric: PrimaryMetric, kind: type
) -> None:
    same, blocks = measurer(paired, metric, asked(tmp_path, metric=metric), 10.0)
    assert same is paired
    assert isinstance(blocks, kind)


def test_behind_servers_the_cases_are_measured_that_a_load_takes(paired: PairedPlan, tmp_path: Path) -> None:
    loaded, blocks = measurer(paired, "server_cpu_us", asked(tmp_path, "first:one"), 20 * BLOCK_S)
    assert [case.id for case in loaded.base.cases] == ["first:one"]
    assert isinstance(blocks, PairedServing)


def test_more_cases_behind_servers_than_there_is_time_for_are_refused(paired: PairedPlan, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"behind servers 10 blocks of 2 cases take about 59 s; select fewer"):
        measurer(paired, "server_cpu_us", asked(tmp_path), 19 * BLOCK_S)


def test_a_series_behind_servers_is_refused_before_it_begins(paired: PairedPlan, tmp_path: Path) -> None:
    every = asked(tmp_path)
    assert [case.id for case in series_cases(every, "server_cpu_us", 20 * BLOCK_S)] == ["first:one", "second:one"]
    with pytest.raises(UsageError, match="use a larger --budget"):
        series_cases(every, "server_cpu_us", 19 * BLOCK_S)
