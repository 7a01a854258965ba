"""Who measures the blocks of a comparison, by what decides it."""

from __future__ import annotations

from bench.measure.paired_load import PairedLoad
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
    load_selection.refuse_over_budget(loaded.base.cases, budget_s)
    return loaded, PairedLoad(loaded, scenario, file)
