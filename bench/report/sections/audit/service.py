"""One layer cake of a whole service: what an average request to it costs, part by part."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.audit.weighted_routes import (
    ServicePart,
    WeightedRoute,
    are_weighted,
    divided,
    service_parts,
    weighted_routes,
    weighted_sum,
)
from bench.model.audit import Audit
from bench.model.audit_figures import AuditFigures
from bench.report import cells
from bench.report.document import Cell, Column, Figure, Fold, Prose, Row, Section, Table
from bench.report.figures.palette import part_class
from bench.report.figures.service_cake import Step, picture, scale, steps, terminal_bar
from bench.report.words.audit_parts import met_in_order, own_name
from bench.stats.intervals import Estimate
from bench.text.numbers import counted, measured, number, often, share

_IN_BRIEF = 10
"""Where space is short, the most expensive parts."""


def section(audit: Audit, figures: AuditFigures) -> Section | None:
    """None without a valid route whose parts are known."""
    every = weighted_routes(figures)
    routes = divided(every)
    whole_us = weighted_sum((route.weight, route.cpu_us) for route in routes)
    found = {one.part: one for one in service_parts(routes)}
    parts = [found[part] for part in met_in_order(found, audit.app)]
    if whole_us is None or whole_us.mean <= 0 or not parts:
        return None
    weights = "weighted as the access log has them" if are_weighted(figures) else "each of which counts the same"
    over = ", ".join([_counted(routes, every), *([weights] if len(routes) > 1 else [])])
    sum_us = sum(one.cpu_us.mean for one in parts)
    left = whole_us.mean - sum_us
    about = (
        f"An average request costs {measured(whole_us, 'µs')} of CPU in process, over {over}. Its parts add up to "
        f"{number(sum_us)} µs: {number(abs(left))} µs ({share(abs(left) / whole_us.mean)}) "
        f"{'are unexplained' if left >= 0 else 'more than the whole'}."
    )
    drawn = steps(parts)
    blocks = (
        Prose(about),
        Figure(html=picture(drawn, whole_us), fallback=(_brief(drawn, whole_us),)),
        Fold("The same as a table", (_table(parts, whole_us),), shown="page"),
    )
    return Section("The layer cake of the whole service", blocks, "service-cake", "Whole service")


def _counted(routes: Sequence[WeightedRoute], every: Sequence[WeightedRoute]) -> str:
    if len(routes) == len(every):
        return counted(len(routes), "route")
    return f"{len(routes)} of {len(every)} routes (those whose parts are known)"


def _brief(drawn: Sequence[Step], whole_us: Estimate) -> Table:
    on = scale(drawn, whole_us)
    columns = (
        Column("part", words=True),
        Column("name", words=True, code=True),
        Column("CPU µs"),
        Column("share"),
        Column(f"0 to {number(on.most)} µs", bars=True),
    )
    largest = sorted(drawn, key=lambda one: -one.cpu_us.mean)[:_IN_BRIEF]
    rows = tuple(
        Row(
            (
                Cell(one.kind),
                Cell(one.name, one.often),
                _average(one.cpu_us),
                Cell(share(one.cpu_us.mean / whole_us.mean)),
                Cell(bar=terminal_bar(one, on)),
            )
        )
        for one in drawn
        if one in largest
    )
    return Table(columns, rows)


def _table(parts: Sequence[ServicePart], whole_us: Estimate) -> Table:
    columns = (
        Column("part", words=True),
        Column("name", words=True, code=True),
        Column("CPU µs"),
        Column("share"),
        Column("left out µs"),
        Column("waits µs"),
        Column("routes"),
    )
    return Table(columns, tuple(_row(one, whole_us) for one in parts), "Per average request.").filled()


def _row(one: ServicePart, whole_us: Estimate) -> Row:
    part = one.cpu_us.mean / whole_us.mean
    return Row(
        (
            Cell(one.part.kind, swatch=part_class(one.part.kind)),
            Cell(own_name(one.part), often(one.count)),
            _average(one.cpu_us),
            Cell(share(part), sort=part),
            _average(one.peeled_us) if one.part.kind == "middleware" else Cell(),
            cells.plain(one.waits_us),
            Cell(str(len(one.routes)), sort=len(one.routes)),
        )
    )


def _average(cost_us: Estimate | None) -> Cell:
    """Without an interval where one of its routes has none."""
    return cells.plain(cost_us.mean) if cost_us is not None and cost_us.half_width is None else cells.estimate(cost_us)
