"""The sentences that an audit begins with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bench.analysis.audit.coverage import measured_coverage
from bench.analysis.audit.weighted_routes import WeightedRoute, are_weighted, weighted_routes
from bench.model.audit import Audit, PartKind
from bench.model.audit_figures import AuditFigures
from bench.report.words.audit_parts import ORDER, rounded_us
from bench.report.words.coverage import Forms, unmeasured
from bench.report.words.findings import grouped
from bench.text.numbers import interval, listed, mean, share

_SAID = 3
"""So many kinds of parts are named of the first route."""
_KIND_WORDS: dict[PartKind, str] = {
    "server": "the server",
    "starlette": "Starlette",
    "routing": "routing",
    "fastapi": "FastAPI",
    "validation": "validation",
    "handler": "the handler",
    "serialisation": "serialisation",
    "background": "background tasks",
    "gc": "the garbage collector",
}


def headline(audit: Audit, figures: AuditFigures) -> tuple[str, ...]:
    """The route that costs most, the largest finding, how much of the app that is, and what failed."""
    return tuple(_headline(audit, figures))


def reasons(audit: Audit) -> str:
    """`2 want a login and 1 may change state`: why routes weren't measured, those of most routes first."""
    counted: Counter[Forms] = Counter()
    for group in unmeasured(measured_coverage(audit)):
        counted[group.forms] += len(group.routes)
    return listed([f"{count} {forms[count > 1]}" for forms, count in counted.most_common()])


def kinds(route: WeightedRoute) -> list[tuple[PartKind, float, int]]:
    """Each kind of part of a route with its µs and how many parts it has, the most expensive first."""
    found = []
    for kind in ORDER:
        parts = [(part.cpu_us, part.count) for part in route.figures.parts if part.kind == kind]
        costs = [(cpu_us, count) for cpu_us, count in parts if cpu_us is not None]
        if costs:
            found.append((kind, sum(cpu_us for cpu_us, _ in costs), sum(count for _, count in costs)))
    return sorted(found, key=lambda entry: -entry[1])


def kind_words(kind: PartKind, count: int) -> str:
    """`5 middlewares`, `the handler`."""
    if kind in _KIND_WORDS:
        return _KIND_WORDS[kind]
    one, several = ("dependency", "dependencies") if kind == "dependency" else ("middleware", "middlewares")
    return f"{count} {several if count > 1 else one}"


def _headline(audit: Audit, figures: AuditFigures) -> Iterator[str]:
    routes = weighted_routes(figures)
    if routes:
        yield _first(routes, are_weighted(figures))
    else:
        yield "No route has a valid measurement."
    if figures.findings:
        yield _findings(figures)
    yield _coverage(audit, figures)
    if broken := [one.route for one in figures.routes if one.failed]:
        named = listed([f"`{name}`" for name in broken], _SAID)
        yield f"Invalid: {named}; see Validity."


def _first(routes: tuple[WeightedRoute, ...], weighted: bool) -> str:
    first = routes[0]
    parts = [entry for entry in kinds(first) if entry[0] != "residual"][:_SAID]
    named = [f"{rounded_us(cost)} in {kind_words(kind, count)}" for kind, cost, count in parts]
    whole = sum(route.cost_us for route in routes)
    weighs = weighted and whole and len(routes) > 1
    part = f" and takes {share(first.cost_us / whole)} of all CPU time" if weighs else ""
    where = f": {listed(named)}" if named else ""
    one = first.figures
    return f"A request to `{one.route}` costs {mean(first.cpu_us)} µs of CPU ({interval(first.cpu_us)}){part}{where}."


def _findings(figures: AuditFigures) -> str:
    found = grouped(figures.findings)
    many = f"{len(found)} {'finding' if len(found) == 1 else 'findings'}"
    most = found[0]
    saves = most.saves
    if saves is None:
        return f"{many}, none of them with a price in CPU time."
    part = f", {share(most.share)} of it" if most.share is not None else ""
    cost = f"{rounded_us(saves.mean)} µs of an average request{part}"
    return f"{many}; the largest: {most.subject} {f'({cost})' if len(most.findings) > 1 else f'takes {cost}'}."


def _coverage(audit: Audit, figures: AuditFigures) -> str:
    seen = figures.coverage
    routes = f"{seen.routes} {'route' if seen.routes == 1 else 'routes'}"
    if seen.measured == seen.routes:
        return f"All {routes} were measured." if seen.routes > 1 else "The only route was measured."
    others = f"; of the others {reasons(audit)}" if seen.reasons else ""
    return f"{seen.measured} of {routes} were measured{others}."
