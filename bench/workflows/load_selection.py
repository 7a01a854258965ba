"""Selects the scenarios of a request, and the cases that each of them loads."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bench.catalog.scenarios import hot, read_scenarios
from bench.catalog.selection import matching
from bench.catalog.source import CatalogError
from bench.measure.job import Loads
from bench.measure.paired_serving import BLOCK_S
from bench.model.errors import UsageError
from bench.model.scenario import Scenario
from bench.model.workload import Case, Pass
from bench.runner.effort import EFFORTS
from bench.runner.plan import Plan
from bench.stats.two_stage import FEWEST
from bench.text.numbers import counted, duration
from bench.text.suggest import nearest
from bench.workflows.app import traffic as app_traffic
from bench.workflows.request import APP_TRAFFIC, SEARCH_STEP_S, MeasurementRequest
from bench.workspace import SCENARIOS

_MOST_CONNECTIONS = 256
"""Of a load at a rate for which nobody says how many: one for each request of a second, as a service may wait."""


def served_cases(cases: Sequence[Case], choice: MeasurementRequest) -> tuple[Case, ...]:
    """Those of the cases that a served comparison loads. Raises UsageError where only WebSockets are named."""
    loaded = _loaded(hot()[0], cases, choice)
    if choice.globs and cases and not loaded:
        raise _only_websockets(choice, "compare it in process")
    return loaded


def refuse_over_budget(cases: Sequence[Case], budget_s: float) -> None:
    """Raises UsageError for more cases behind servers than a comparison has time for."""
    blocks = 2 * FEWEST  # as many again, to confirm what looks changed
    least_s = blocks * len(cases) * BLOCK_S
    if least_s > budget_s:
        raise UsageError(
            f"behind servers {blocks} blocks of {counted(len(cases), 'case')} take about {duration(least_s)}; "
            "select fewer with --case or use a larger --budget"
        )


def _only_websockets(choice: MeasurementRequest, instead: str) -> UsageError:
    return UsageError(f"{' '.join(choice.globs)}: a load sends HTTP requests, and this is a WebSocket; {instead}")


def loaded(choice: MeasurementRequest, plan: Plan) -> tuple[Plan, Loads]:
    """The plan with what is loaded, and how. Of an app that is loaded as a whole, and no more than that, the routes by
    themselves are no cases of it. Raises CatalogError, UsageError and StoreError."""
    if not plan.cases and choice.globs and choice.passes == (Pass.LOAD,):
        raise _only_websockets(choice, "use bench run --case instead")
    if not choice.loads_whole_app or not plan.cases:
        return plan, scenarios(choice, plan.cases)
    plan = app_traffic.with_whole_app(plan)
    loads = scenarios(choice, plan.cases)
    alone = choice.passes == (Pass.LOAD,)
    return (replace(plan, cases=tuple(case for case in plan.cases if case.whole_app)) if alone else plan), loads


def scenarios(choice: MeasurementRequest, cases: Sequence[Case]) -> Loads:
    """The scenarios to run by file, each with those of `cases` that it loads. Raises CatalogError and UsageError."""
    if Pass.LOAD not in choice.passes:
        return Loads()
    if choice.loads_whole_app:
        whole = tuple(case for case in cases if case.whole_app)
        by_file = {app_traffic.FILE: (_changed(app_traffic.scenario(), choice), whole)}
        return replace(_loads(by_file, choice), traffic=app_traffic.weights(choice, cases))
    folder, named = SCENARIOS, choice.loading.scenario
    known = read_scenarios(folder)
    if named is not None and named not in known:
        of_app = (APP_TRAFFIC,) if choice.app else ()
        raise CatalogError(f"no scenario {named!r}, see `bench list`; {nearest(named, (*known, *of_app))}")
    wanted = [one for one in known.values() if named == one.name or _goes_with(one, choice)]
    by_file = {folder / f"{one.name}.py": (_changed(one, choice), _loaded(one, cases, choice)) for one in wanted}
    return _loads(by_file, choice)


def _loads(by_file: Mapping[Path, tuple[Scenario, tuple[Case, ...]]], choice: MeasurementRequest) -> Loads:
    """Raises UsageError."""
    setting = choice.loading.setting
    if setting.server and not choice.loads_whole_app and sum(len(loaded) for _, loaded in by_file.values()) != 1:
        raise UsageError("--url needs one --case, or a path and no case: `bench load --url http://HOST/PATH`")
    return Loads(by_file, setting, choice.loading.objective)


def repeats_a_case(name: str | None) -> bool:
    """Whether the scenario of this name (None: `hot`) requests what a case says, and not what it says itself.

    Raises CatalogError.
    """
    known = read_scenarios(SCENARIOS)
    return name is None or (name in known and not known[name].cases)


def _goes_with(scenario: Scenario, choice: MeasurementRequest) -> bool:
    """Whether a scenario runs without having been named."""
    return choice.loading.scenario is None and choice.effort.covers(scenario.effort)


def _changed(scenario: Scenario, choice: MeasurementRequest) -> Scenario:
    """As the command line wants it; a duration that is said holds whatever the effort's share of it."""
    loading = choice.loading
    wanted: dict[str, object] = {}
    if loading.users is not None:
        wanted["users"] = loading.users
    duration_s = loading.duration_s or (SEARCH_STEP_S if loading.objective else None)
    if duration_s is not None:
        wanted["duration_s"] = duration_s / EFFORTS[choice.effort].load_share
    if loading.rate is not None:
        connections = max(scenario.users, min(_MOST_CONNECTIONS, math.ceil(loading.rate)))
        wanted = {"model": "open", "rate": loading.rate, "users": connections} | wanted
    if loading.require:
        wanted["require"] = loading.require
    if loading.poisson:
        wanted["arrivals"] = "poisson"
    changed = scenario.model_copy(update=wanted)
    if loading.poisson and changed.model != "open" and not loading.objective:
        raise UsageError("--poisson needs --rate: the closed model has no arrival times")
    return changed


def _loaded(scenario: Scenario, cases: Sequence[Case], choice: MeasurementRequest) -> tuple[Case, ...]:
    """Cases that were named by hand are loaded, headlines or not; their ancestors are there for the pairing only.

    A scenario that says which cases it can load takes no others, unless it was named by hand as well. None takes a
    WebSocket.
    """
    if choice.globs:
        cases = matching(cases, choice.globs)
    cases = [case for case in cases if case.messages is None]
    if scenario.cases and not (choice.loading.scenario and choice.globs):
        return matching(cases, scenario.cases)
    open_to_load = [case for case in cases if not case.only or Pass.LOAD in case.only]
    return tuple(case for case in open_to_load if choice.globs or case.headline)
