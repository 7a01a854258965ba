"""One route of an app: its parts, the waterfall of one request, and what else was seen of it."""

from __future__ import annotations

from collections.abc import Iterator

from bench.analysis.audit.weighted_routes import (
    bare_cpu_of,
    cpu_of,
    part_cpu,
    part_peeled,
    retained_of,
    served_cpu_of,
)
from bench.analysis.run.figures import LEAST_MB
from bench.model.app import AppDescription, Route
from bench.model.audit import Audit, route_id
from bench.model.audit_figures import PartFigures, RouteFigures
from bench.report import cells
from bench.report.document import Block, Bullets, Cell, Column, Facts, Figure, Row, Section, Table
from bench.report.figures.palette import part_class
from bench.report.figures.waterfall import lanes, picture
from bench.report.words.audit_parts import NAMED, met_in_order, own_name, shown_names
from bench.stats.intervals import Estimate
from bench.text.numbers import count, measured, number, often, share, size

_WATERFALL = (
    "One request alone, by the clock on the wall. A full block runs, a dashed one waits and nobody else runs; an "
    "outlined block runs in a thread of the pool. Its times include what the timers take."
)
_LEAST_WAIT_US = 0.05


def blocks(audit: Audit, route: RouteFigures, flame: str | None, brief: bool) -> tuple[Block, ...]:
    """What stands behind a route's name, or where space is short. `flame` is the address of its flame graph."""
    return tuple(_blocks(audit, route, flame, brief))


def _blocks(audit: Audit, route: RouteFigures, flame: str | None, brief: bool) -> Iterator[Block]:
    described = {one.id: one for one in audit.app.routes}.get(route_id(route.route))
    yield Facts(tuple(_facts(route, described)))
    if flame:
        linked = Cell("Flame graph of this route", href=flame)
        yield Table((Column("", words=True),), (Row((linked,)),), sortable=False, shown="page")
    yield _parts(route, audit.app, brief)
    if drawn := lanes(route):
        figure = Figure(html=picture(drawn), caption=_WATERFALL, shown="page")
        yield Section("Waterfall of one request", (figure,), shown="page")
    if route.limitations:
        yield Bullets(route.limitations)


def _facts(route: RouteFigures, described: Route | None) -> Iterator[tuple[str, str]]:
    if route.endpoint:
        kind = " (`def`, in a thread)" if described and described.in_thread else ""
        yield "endpoint", f"`{route.endpoint}`{kind}"
    if bare := bare_cpu_of(route):
        yield "without middleware", measured(bare, "µs")
    if served := served_cpu_of(route):
        rest = _residual(route.served_residual_us, served)
        yield "served", f"{measured(served, 'µs')} of CPU behind the server{rest}"
    if route.wait_us is not None and route.wait_us >= _LEAST_WAIT_US:
        yield "waits", f"{number(route.wait_us)} µs per request, one request at a time"
    if route.allocs is not None:
        amount = f", {size(route.alloc_bytes)}" if route.alloc_bytes is not None else ""
        yield "allocates", f"{count(round(route.allocs, 1))} times{amount}"
    if memory := ", ".join(_memory(route)):
        yield "memory", memory
    if route.hold_ms is not None:
        at = f" at `{route.hold_at}`" if route.hold_at else ""
        yield "longest hold", f"{number(route.hold_ms)} ms of the event loop{at}"
    if route.compared != "bytes":
        yield "answers", f"compared by {route.compared}"


def _residual(residual_us: float | None, whole: Estimate) -> str:
    if residual_us is None or not whole.mean:
        return ""
    return f"; its parts leave {number(residual_us)} µs unexplained ({share(residual_us / whole.mean)})"


def _memory(route: RouteFigures) -> Iterator[str]:
    if route.peak_mb is not None:
        peak = f"up to {number(route.peak_mb)} MB" if route.peak_mb >= LEAST_MB else f"less than {LEAST_MB} MB"
        yield f"{peak} more during a request"
    retained = retained_of(route)
    if retained is not None:
        kept = (retained.mean if retained.low is None else retained.low) > 0
        yield f"{measured(retained, 'B')} retained by each" if kept else "no retained bytes found"


def _parts(route: RouteFigures, app: AppDescription, brief: bool) -> Table:
    """CPU by part, then what is left unexplained and the whole. In brief without what is only there when served."""
    columns = (
        Column("part", words=True),
        Column("name", words=True, code=True),
        Column("CPU µs"),
        Column("left out µs"),
        Column("waits µs"),
        Column("served µs", detail=True),
        Column("allocations", detail=True),
        Column("bytes", detail=True),
    )
    residual = Row(
        (Cell("residual", swatch=part_class("residual")), Cell(), cells.plain(route.residual_us)), tone="soft"
    )
    whole = (Cell("whole"), Cell(), cells.estimate(cpu_of(route)), Cell(), _waits(route.wait_us))
    detail = (cells.estimate(served_cpu_of(route)), cells.plain(route.allocs, 0), cells.plain(route.alloc_bytes, 0))
    rows = (
        *_part_rows(route, app, brief),
        *((residual,) if route.residual_us is not None else ()),
        Row((*whole, *detail), tone="strong"),
    )
    return Table(columns, rows, _caption(route), sortable=False).filled()


def _part_rows(route: RouteFigures, app: AppDescription, brief: bool) -> Iterator[Row]:
    """Of each part that has a figure."""
    served = {(part.kind, part.name): part for part in route.served_parts}
    own = {(part.kind, part.name): part for part in route.parts if _is_listed(part)}
    short = shown_names([*own.values()]) if brief else {}
    every = {**({} if brief else served), **own}
    for part in met_in_order(every.values(), app):
        key = part.kind, part.name
        if key in own:
            yield _row(part, short.get(own_name(part), own_name(part)), served.get(key), route.launches)
        else:
            yield _served_alone(part, route.launches)


def _is_listed(part: PartFigures) -> bool:
    """Each middleware and dependency, even without a figure; of the others those that have one."""
    known = (part.cpu_us, part.peeled_us, part.allocs)
    waits = (part.wait_us or 0.0) >= _LEAST_WAIT_US
    return part.kind in NAMED or waits or any(one is not None for one in known)


def _caption(route: RouteFigures) -> str:
    timers = f" The timers took {number(route.timers_us)} µs, which are taken off." if route.timers_us else ""
    return (
        "CPU time per request by the timers at the boundaries of parts. Left out: how much less the whole request "
        f"takes without that middleware. The whole is measured without timers.{timers}"
    )


def _row(part: PartFigures, name: str, served: PartFigures | None, launches: int) -> Row:
    return Row(
        (
            Cell(part.kind, swatch=part_class(part.kind)),
            Cell(name, often(part.count)),
            cells.estimate(part_cpu(part, launches)),
            cells.estimate(part_peeled(part, launches)) if part.kind == "middleware" else Cell(),
            _waits(part.wait_us),
            cells.estimate(part_cpu(served, launches)) if served else Cell(),
            cells.plain(part.allocs, 0),
            cells.plain(part.alloc_bytes, 0),
        )
    )


def _waits(waits_us: float | None) -> Cell:
    """Empty where it doesn't wait, a dash where nobody looked."""
    return Cell(sort=0.0) if waits_us is not None and waits_us < _LEAST_WAIT_US else cells.plain(waits_us)


def _served_alone(part: PartFigures, launches: int) -> Row:
    """A part that a request has only behind a server."""
    head = (Cell(part.kind, swatch=part_class(part.kind)), Cell(own_name(part), often(part.count)))
    return Row((*head, Cell(), Cell(), Cell(), cells.estimate(part_cpu(part, launches))))
