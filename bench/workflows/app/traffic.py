"""The load of somebody's own app as a whole: all of its routes, each as often as an access log says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import bench.load
from bench.audit import requests_file, traffic
from bench.audit.matching import RouteTable
from bench.audit.traffic import Traffic
from bench.audit.workload import method_of
from bench.catalog.scenarios import read_scenario
from bench.model.app import AppDescription, RequestsFile, Route
from bench.model.errors import UsageError
from bench.model.scenario import Scenario
from bench.model.workload import Case, Pass
from bench.runner.plan import Plan
from bench.workflows.request import APP_TRAFFIC, MeasurementRequest

FILE = Path(bench.load.__path__[0]) / "app_traffic.py"
"""The Locust file, where importing it would import Locust."""


def scenario() -> Scenario:
    """Raises CatalogError."""
    return read_scenario(FILE).model_copy(update={"name": APP_TRAFFIC})


def with_whole_app(plan: Plan) -> Plan:
    """The same, and a case for the whole app beside those of its routes, whose answers are checked. Its own request,
    which tells when the server is ready, is the first route's."""
    if not plan.cases:
        return plan
    first, (app,) = plan.cases[0], plan.targets.values()
    request = app.requests[first.request].model_copy(update={"only": (Pass.LOAD,)})
    target = app.model_copy(update={"requests": {**app.requests, app.name: request}})
    whole = target.case(app.name).model_copy(update={"compared": first.compared, "varies": first.varies})
    plan.costs.saw(whole.id, max(plan.costs.call_s(case.id) for case in plan.cases), 0)
    return replace(plan, targets={app.name: target}, cases=(*plan.cases, whole))


def weights(choice: MeasurementRequest, cases: Sequence[Case]) -> dict[Case, float]:
    """How often each of an app's cases is asked, as shares; several requests of a route share its own. All are alike
    without an access log; with one, a case of a route that it doesn't have is left out. So is HEAD, which this client
    can't ask: its answers have a length and no body. Where no case is left, since none answers as it should, there is
    no share either.

    Raises UsageError, CatalogError and StoreError.
    """
    routes = [case for case in cases if not (case.whole_app or case.request.startswith("HEAD "))]
    log = choice.loading.traffic
    if not cases:
        return {}
    if not routes:
        raise UsageError("no route can be loaded: HEAD requests are measured in process only")
    if log is None:
        return {case: 1 / len(routes) for case in routes}
    counted = read(choice, log).counts
    several = Counter(case.route for case in routes)
    found = {case: counted[case.route] / several[case.route] for case in routes if case.route in counted}
    if not found:
        raise UsageError(f"--traffic {log}: has no request of these routes; select others with --case")
    total = sum(found.values())
    return {case: count / total for case, count in found.items()}


def read(choice: MeasurementRequest, log: Path) -> Traffic:
    """What the log of an app's requests says of its routes, as the requests file has them. Raises UsageError and
    StoreError."""
    assert choice.app  # noqa: S101
    return _read(choice.app.app_dir, log)


@lru_cache(maxsize=1)  # a log may be large, and its weights are asked for more than once
def _read(app_dir: Path, log: Path) -> Traffic:
    known = _described(requests_file.load(requests_file.beside(app_dir)))
    return traffic.read(log, RouteTable(known).route_of)


def _described(file: RequestsFile) -> AppDescription:
    """As much of an app as its requests file tells: the routes that answer HTTP."""
    split = (route.partition(" ") for route in file.routes)
    routes = [Route(kind="http", method=method, path=path) for method, _, path in split if method == method_of(method)]
    return AppDescription(name=file.app, type="", routes=tuple(routes))
