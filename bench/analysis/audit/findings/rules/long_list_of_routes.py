"""What the number of routes costs those at the end of the list."""

from __future__ import annotations

import math
from collections.abc import Iterator

from bench.analysis.audit.findings.evidence import AuditEvidence
from bench.analysis.audit.findings.finding import AppFinding
from bench.stats.intervals import Estimate
from bench.stats.regression import slope
from bench.text.numbers import measured, number

_LONG = 30
_FEWEST_ROUTES = 5


def long_list_of_routes(app: AuditEvidence) -> Iterator[AppFinding]:
    """Routes are tried one after another: in a long list those behind pay for those before them."""
    placed = [
        (route, described.place, cost)
        for route, cost in app.cpu("routing")
        if (described := app.described(route)) and described.place is not None
    ]
    last = max((place for _, place, _ in placed), default=0)
    each_us = slope([place for _, place, _ in placed], [cost.mean for _, _, cost in placed])
    if last < _LONG or len(placed) < _FEWEST_ROUTES or each_us is None or each_us.low is None or each_us.low <= 0:
        return
    places = math.fsum(route.weight * place for route, place, _ in placed)
    saves = Estimate(each_us.mean * places, each_us.low * places, (each_us.high or 0.0) * places, each_us.n)
    says = (
        f"Each route that is tried before the right one costs {measured(each_us, 'µs')}, and up to {last} are: "
        f"{number(saves.mean)} µs of an average request. Put the most requested routes first, or mount them by prefix."
    )
    behind = sorted(placed, key=lambda one: -one[1])
    yield AppFinding("routing", says, saves, tuple(route.figures.route for route, place, _ in behind if place >= _LONG))
