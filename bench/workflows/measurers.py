"""Who measures the blocks of a comparison, by what decides it."""

from __future__ import annotations

from bench.measure.paired_load import BLOCK_S, PairedLoad
from bench.measure.paired_serving import PairedServing
from bench.model.comparison import PrimaryMetric
from bench.runner.agent_pair import PairedPlan
from bench.workflows import load_selection
from bench.workflows.compare import in_process
from bench.workflows.comparison_stages import Measurer
from bench.workflows.request import MeasurementRequest


def measurer(
    paired: PairedPlan, metric: PrimaryMetric, choice: MeasurementRequest, budget_s: float
) -> tuple[PairedPlan, Measurer]:
    """Who measures a plan of what a metric is of, in process or under load; with the cases that a load takes.

    Raises UsageError for more cases under load than there is time for.
    """
    if metric != "server_cpu_us":
        return paired, in_process(paired, metric, budget_s)
    loaded, scenario, file = load_selection.served(paired, choice)
    cases = len(loaded.base.cases)
    load_selection.refuse_over_budget(cases, cases * BLOCK_S, budget_s)
    return loaded, PairedLoad(loaded, scenario, file)


def series_measurer(
    paired: PairedPlan, metric: PrimaryMetric, choice: MeasurementRequest, budget_s: float
) -> tuple[PairedPlan, Measurer]:
    """The same for a series, which has no latencies: both servers are asked in windows that alternate.

    Raises UsageError for more cases under load than there is time for.
    """
    if metric != "server_cpu_us":
        return measurer(paired, metric, choice, budget_s)
    served = paired.of(load_selection.served_cases(paired.base.cases, choice))
    serving = PairedServing(served)
    load_selection.refuse_over_budget(len(served.base.cases), serving.expected_s(served.base.cases), budget_s)
    return served, serving
