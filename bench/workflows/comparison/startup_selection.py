"""The cases of a comparison by start-up: apps as wholes, in the place of their requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bench.catalog import selection
from bench.model.comparison import OF_A_START, PrimaryMetric
from bench.model.run import MissingSample
from bench.model.workload import Case, Pass, Target
from bench.runner.agent_pair import PairedPlan
from bench.workflows import case_selection, load_selection
from bench.workflows.request import MeasurementRequest


def passes_of(metric: PrimaryMetric) -> tuple[Pass, ...]:
    """What a comparison by a metric is, as the passes of a run: they say which cases belong to it."""
    return (Pass.STARTUP,) if metric in OF_A_START else (Pass.TIMING, Pass.ALLOCATIONS)


def series_cases(choice: MeasurementRequest, metric: PrimaryMetric, budget_s: float) -> tuple[Case, ...]:
    """The cases that a series is decided by, each of whose comparisons has a budget. Raises CatalogError, and
    UsageError for what can't be loaded, or not within the budget, or for a variable that isn't set."""
    cases = case_selection.paired_cases(choice)
    case_selection.refuse_unset(choice, cases)
    if metric == "server_cpu_us":
        loaded = load_selection.served_cases(cases, choice)
        load_selection.refuse_over_budget(loaded, budget_s)
        return loaded
    return _starts(cases, choice.known_targets()) if metric in OF_A_START else cases


def judged_by(metric: PrimaryMetric, paired: PairedPlan) -> PairedPlan:
    """A plan of what a metric is of: the requests that it has, or their apps."""
    return started(paired) if metric in OF_A_START else paired


def skipped_by(
    metric: PrimaryMetric, paired: PairedPlan, skipped: Sequence[MissingSample]
) -> tuple[MissingSample, ...]:
    """What is skipped of a plan that is judged by a metric: of starts, the apps of which no case is left."""
    if metric not in OF_A_START:
        return tuple(skipped)
    apps = {case.id: case.target for case in selection.cases(paired.base.targets)}
    started_apps, found = {case.target for case in paired.base.cases}, dict[str, MissingSample]()
    for one in skipped:
        app = apps.get(one.case, one.case)
        if app not in started_apps:
            found.setdefault(app, one.model_copy(update={"case": app}))
    return tuple(found.values())


def started(paired: PairedPlan) -> PairedPlan:
    """The apps of these cases."""
    return paired.of(_starts(paired.base.cases, paired.base.targets))


def _starts(cases: Iterable[Case], targets: Mapping[str, Target]) -> tuple[Case, ...]:
    """A case for each app, in the order of their cases: as far as the request that is there for its start, or else the
    first. The app has one margin, the comparison's."""
    found: dict[str, Case] = {}
    for case in cases:
        if case.target not in found or Pass.STARTUP in targets[case.target].requests[case.request].only:
            found[case.target] = case
    whole = {"start": True, "only": (), "margin": None, "over": None, "parent_id": None}
    return tuple(case.model_copy(update=whole) for case in found.values())
