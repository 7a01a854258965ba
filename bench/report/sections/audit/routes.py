"""All routes of an app: at a glance, and each with its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bench.analysis.audit.mirrored_routes import EndpointRoutes, by_endpoint
from bench.analysis.audit.weighted_routes import (
    WeightedRoute,
    are_weighted,
    retained_of,
    served_cpu_of,
    weighted_routes,
)
from bench.analysis.run.figures import LEAST_MB
from bench.model.audit import Audit
from bench.model.audit_figures import AuditFigures, RouteFigures
from bench.report import cells
from bench.report.document import Block, Cell, Column, Entries, Entry, Figure, Filter, Fold, Prose, Row, Section, Table
from bench.report.figures.route_bars import (
    IN_A_TERMINAL,
    found_by,
    picture,
    route_address,
    route_bars,
    terminal_bar,
)
from bench.report.sections.audit import route as audit_route
from bench.report.words.audit import kind_words, kinds
from bench.report.words.audit_parts import rounded_us
from bench.text.numbers import counted, listed, mean, number, share, within

_IN_BRIEF, _OPENED_IN_BRIEF, _NAMED = 12, 2, 3
"""Where space is short: so many routes in the list, so many with their parts, and so many other paths of one."""
_ABOUT = (
    "CPU time of one request in process, without server and kernel, by kind of part; the most expensive first. The "
    "dark line is the same request measured without timers: the parts add up to it, or don't. A bar cut by a zigzag "
    "continues beyond the scale."
)
_LEFT_OUT = "Left out: how much less the whole request takes without that middleware."
_WEIGHTED = "Routes are ordered by cost times weight: how often the access log has them."
_UNWEIGHTED = "No weights are known, so each route counts the same; `--traffic FILE` takes them from an access log."


def sections(audit: Audit, figures: AuditFigures, flames: Mapping[str, str]) -> Iterator[Section]:
    """None of an audit without a valid route."""
    routes = weighted_routes(figures)
    if not routes:
        return
    weighted = are_weighted(figures)
    endpoints = by_endpoint(routes, audit.app)
    bars, scale = route_bars(endpoints, weighted)
    brief = _glance(endpoints, weighted)
    choices = sorted({word for bar in bars for word in bar.found_by[1:]})
    order = _WEIGHTED if weighted else _UNWEIGHTED
    whole = Fold("All figures of all routes", (_table(routes, weighted, flames),), shown="page")
    yield Section(
        "All routes at a glance",
        (
            Prose(f"{_ABOUT} {order}", "soft", shown="page"),
            Filter("Route", "Part", tuple(choices), shown="page"),
            Figure(html=picture(bars, scale), fallback=brief),
            whole,
            Section("Each route", (Entries(tuple(_entries(audit, routes, flames))),), "each", shown="page"),
        ),
        "routes",
        "All routes",
    )
    opened = _opened(routes)
    first = tuple(_entries(audit, opened, flames, brief=True))
    title = "The most expensive route" if len(first) == 1 else f"The {len(first)} most expensive routes"
    if list(opened) != list(routes[: len(opened)]):
        title += " whose parts are known"
    explained = (Prose(_LEFT_OUT, "soft"),) if any(_is_left_out(route.figures) for route in opened) else ()
    yield Section(title, (Entries(first), *explained), "most-expensive", shown="brief")


def _is_left_out(route: RouteFigures) -> bool:
    return any(part.peeled_us is not None for part in route.parts)


def _opened(routes: Sequence[WeightedRoute]) -> Sequence[WeightedRoute]:
    """Those that a terminal shows with their parts, if any route has them."""
    divided = [route for route in routes if kinds(route)]
    return (divided or routes)[:_OPENED_IN_BRIEF]


def _glance(routes: Sequence[EndpointRoutes], weighted: bool) -> tuple[Block, ...]:
    """Where nothing can be drawn: a table with bars of characters."""
    _, scale = route_bars(routes, weighted)
    whole = sum(route.cost_us for route in routes)
    columns = (
        Column("route", words=True, code=True),
        Column("CPU µs"),
        *((Column("share"),) if weighted else ()),
        Column(f"0 to {number(scale.most)} µs", bars=True),
    )
    rows = tuple(
        Row(
            (
                Cell(route.first.figures.route, below=_elsewhere(route)),
                cells.estimate(route.first.cpu_us),
                *((Cell(share(route.cost_us / whole)),) if weighted else ()),
                Cell(bar=terminal_bar(route.first, scale)),
            )
        )
        for route in routes[:_IN_BRIEF]
    )
    more = sum(1 + len(route.others) for route in routes[_IN_BRIEF:])
    others = (Prose(f"And {counted(more, 'more route')}: see the page.", "soft"),) if more else ()
    return (Table(columns, rows, IN_A_TERMINAL, shown="brief"), *others)


def _elsewhere(route: EndpointRoutes) -> str:
    """The other paths of the same endpoint."""
    names = [other.figures.route for other in route.others]
    return f"also {listed(names, _NAMED)}" if names else ""


def _entries(
    audit: Audit, routes: Sequence[WeightedRoute], flames: Mapping[str, str], brief: bool = False
) -> Iterator[Entry]:
    for route in routes:
        one = route.figures
        dearest = [f"{kind_words(kind, count)} {rounded_us(cost)}" for kind, cost, count in kinds(route)[:3]]
        summary = ": ".join(filter(None, (f"{mean(route.cpu_us)} {within(route.cpu_us)} µs", listed(dearest))))
        blocks = audit_route.blocks(audit, one, flames.get(one.route), brief)
        yield Entry(one.route, route_address(one.route), summary, blocks, found_by(one))


def _table(routes: Sequence[WeightedRoute], weighted: bool, flames: Mapping[str, str]) -> Table:
    columns = (
        Column("route", words=True, code=True),
        Column("CPU µs"),
        Column("served µs"),
        Column("waits µs"),
        Column("allocations"),
        Column("peak MB"),
        Column("retained B"),
        Column("hold ms"),
        *((Column("weight"),) if weighted else ()),
        *((Column("flame graph", words=True),) if flames else ()),
    )
    return Table(columns, tuple(_row(route, weighted, flames) for route in routes))


def _row(route: WeightedRoute, weighted: bool, flames: Mapping[str, str]) -> Row:
    one = route.figures
    flame = flames.get(one.route)
    made = (
        Cell(one.route, href=f"#{route_address(one.route)}", sort=one.route),
        cells.estimate(route.cpu_us),
        cells.estimate(served_cpu_of(one)),
        cells.plain(one.wait_us),
        cells.plain(one.allocs, 0),
        _peak(one.peak_mb),
        _retained(one),
        cells.plain(one.hold_ms),
        *((Cell(share(route.weight), sort=route.weight),) if weighted else ()),
        *((Cell("open", href=flame) if flame else cells.NOTHING,) if flames else ()),
    )
    return Row(made, found_by=found_by(one))


def _peak(peak_mb: float | None) -> Cell:
    small = peak_mb is not None and peak_mb < LEAST_MB
    return Cell(f"< {LEAST_MB}", sort=0.0, tone="soft") if small else cells.plain(peak_mb)


def _retained(one: RouteFigures) -> Cell:
    """Bytes with their interval; that it may be nothing is no zero."""
    retained = retained_of(one)
    if retained is None or (retained.mean if retained.low is None else retained.low) > 0:
        return cells.estimate(retained)
    return Cell("none found", sort=0.0, hover=f"{mean(retained)} {within(retained)} B", tone="soft")
