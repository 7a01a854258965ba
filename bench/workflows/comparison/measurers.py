"""Who measures the blocks of a comparison, by what decides it."""

from __future__ import annotations

from bench.measure.paired_serving import PairedServing
from bench.model.comparison import PrimaryMetric
from bench.runner.agent_pair import PairedPlan
from bench.workflows import load_selection
from bench.workflows.comparison.compare import in_process
from bench.workflows.comparison.stages import Measurer
from bench.workflows.request import MeasurementRequest


def measurer(
    paired: PairedPlan, metric: PrimaryMetric, choice: MeasurementRequest, budget_s: float
) -> tuple[PairedPlan, Measurer]:
    """Who measures a plan of what a metric is of, in process or behind servers; with the cases that servers are asked
    for.

    Raises UsageError for more cases behind servers than there is time for.
    """
    if metric != "server_cpu_us":
        return paired, in_process(paired, metric, budget_s)
    served = paired.of(load_selection.served_cases(paired.base.cases, choice))
    load_selection.refuse_over_budget(served.base.cases, budget_s)
    return served, PairedServing(served)
