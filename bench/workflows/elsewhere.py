"""Loads of a server that runs already: asked before anything is prepared, and of one without a target all there is."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from bench.catalog import selection
from bench.catalog.url_target import url_target
from bench.host.affinity import cores
from bench.measure.job import Loads
from bench.runner.effort import EFFORTS
from bench.runner.plan import Plan
from bench.serving.http_wire import content
from bench.serving.reach import ServerElsewhere
from bench.stack.environment import no_environment
from bench.workflows.case_selection import chosen_cases
from bench.workflows.load_selection import scenarios
from bench.workflows.request import MeasurementRequest


def reach(choice: MeasurementRequest, warn: Callable[[str], object]) -> None:
    """Ask the server that was named, if one was, for the case that it will be loaded with. `warn` gets what is worth
    knowing of its answer.

    Raises ServerError, HeaderError, CatalogError and UsageError.
    """
    setting = choice.loading.setting
    if setting.server is None:
        return
    targets = choice.known_targets()
    loads = scenarios(choice, chosen_cases(selection.cases(targets), choice))
    for case in (*(case for _, cases in loads.by_file.values() for case in cases), *loads.traffic):
        request = targets[case.target].requests[case.request]
        if not choice.may_ask(request):
            continue
        headers, body = content(request)
        server = ServerElsewhere(setting.server, setting.headers, warn)
        server.ask(request.method, request.path, tuple(headers.items()), body, request.expect.status)


def plan(choice: MeasurementRequest, requested: str, warn: Callable[[str], object]) -> tuple[Plan, Loads]:
    """Of a load of what is `requested` from the server that was named: path and query. `warn` gets what is worth
    knowing of its answer.

    Raises ServerError, HeaderError, CatalogError and UsageError.
    """
    setting = choice.loading.setting
    assert setting.server  # noqa: S101
    exchange, took_s = ServerElsewhere(setting.server, setting.headers, warn).exchange(requested)
    target = url_target(str(setting.server), requested)
    ready = Plan(
        environment=no_environment(),
        folder=choice.targets,
        targets={target.name: target},
        cases=(target.headline,),
        effort=EFFORTS[choice.effort],
        cores=cores(clients=setting.crew.here),
        seed=random.SystemRandom().randrange(2**32),
        url=f"{setting.server}{requested}",
    )
    ready.costs.saw(target.headline.id, took_s, len(exchange.answer))
    return ready, replace(scenarios(choice, ready.cases), exchange=exchange)
