"""`def` functions whose thread costs more than what they do in it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

from bench.analysis.audit.findings.evidence import AuditEvidence
from bench.analysis.audit.findings.finding import AppFinding
from bench.analysis.audit.findings.thread_hop import ThreadHop, hop
from bench.stats.intervals import Estimate
from bench.text.numbers import number


def def_endpoint(app: AuditEvidence) -> Iterator[AppFinding]:
    """A `def` endpoint hops to a thread for less work than the hop takes."""
    hops: dict[str, list[ThreadHop]] = defaultdict(list)
    for route, part in app.parts("handler"):
        described = app.described(route)
        if described and described.in_thread and (found := hop(route, part)):
            hops[described.endpoint or part.name].append(found)
    for endpoint, found_for_it in hops.items():
        yield _finding(endpoint, "endpoint", found_for_it)


def def_dependency(app: AuditEvidence) -> Iterator[AppFinding]:
    """A `def` dependency hops to a thread for less work than the hop takes."""
    for name in dict.fromkeys(one.name for _, one in app.dependencies() if one.in_thread):
        if hops := [found for route, part in app.parts("dependency", name) if (found := hop(route, part))]:
            yield _finding(name, "dependency", hops)


def _finding(name: str, what: str, hops: Sequence[ThreadHop]) -> AppFinding:
    """Its price has no interval: the work in the thread is that of one request."""
    saves_us = math.fsum(one.route.weight * one.hop_us for one in hops)
    plural = "endpoints" if what == "endpoint" else "dependencies"
    worst = max(hops, key=lambda one: one.hop_us)
    says = (
        f"The {what} `{name}` isn't `async` and runs in a thread, for {number(worst.work_us)} µs of work; getting "
        f"there and back takes {number(worst.hop_us)} µs. If it never blocks, an `async def` saves that."
    )
    routes = tuple(one.route.figures.route for one in hops)
    alike = f"`def` {plural} run in a thread for less work than getting there and back"
    return AppFinding(name, says, Estimate(saves_us, None, None, 1), routes, alike)
