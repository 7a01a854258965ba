"""A run's starts: what a fresh process takes until it has answered once, step by step, and what it holds then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.analysis.run.figure_text import STANDINGS
from bench.analysis.run.figures import CaseSummary, CheckedFigure, Standing, Summary
from bench.analysis.run.startup import PerRoute, per_route
from bench.analysis.run.startup_figures import AtRest, Startup
from bench.report import cells
from bench.report.document import Block, Bullets, Cell, Column, Figure, Prose, Row, Section, Table
from bench.report.figures.startup_bars import picture
from bench.stats.intervals import Estimate
from bench.text.numbers import count, listed, measured, share, size

Started = Sequence[tuple[CaseSummary, Startup]]

_ABOUT = (
    "CPU time of a fresh process until its app has answered once, and then made its OpenAPI schema. The number of a "
    "bar is the sum of its steps. Bytecode of the installed packages is compiled before. The server is no part of it."
)
_CPU = (
    "ms of CPU of all threads: means over launches ± half of their 95% intervals. Imports are the modules that aren't "
    "the app's own; building is the rest of importing the app: its routes, dependencies and models. A start is "
    "imports, building and lifespan; the request is the first. What the agent itself has imported before, a part of "
    "the standard library, is in none of them. The schema is made after all else."
)
_MEMORY = (
    "Resident memory at rest is that of the whole process after its first request, once the garbage collector has run, "
    "and before the OpenAPI schema is made; imports and building are by how much they raise it. Live allocations are "
    "counted by memray in a launch of its own: what building, lifespan and the request left, without the libraries."
)


def section(summary: Summary) -> Section | None:
    """None of a run that started nothing."""
    started = sorted(
        ((one, one.startup.value) for one in summary.cases.values() if one.startup.value),
        key=lambda one: one[1].routes or 0,
    )
    missing = list(_missing(summary))
    if not started and not missing:
        return None
    blocks: list[Block] = [Prose(_ABOUT)]
    if started:
        blocks += _interpreter(started)
        blocks.append(Figure(html=picture(started)))
        blocks.append(_cpu(started))
        blocks.append(_memory(started))
    if built := [one for one, _ in started if one.building.value]:
        blocks.append(Section("What building is spent on", (_building(built),), "start-building"))
    if added := list(per_route(summary.cases.values())):
        blocks.append(Section("What a route adds", (_routes(added),), "start-routes"))
    if missing:
        blocks.append(Bullets(tuple(missing)))
    return Section("Start-up", tuple(blocks), "start-up", "Start-up")


def _interpreter(started: Started) -> Iterator[Block]:
    """That of the first: it is the same for all."""
    _, found = started[0]
    if found.interpreter_ms is not None:
        yield Prose(f"Python itself takes {measured(found.interpreter_ms, 'ms')} until it runs the first line.")


def _missing(summary: Summary) -> Iterator[str]:
    """Each reason once: a target that doesn't start has nothing else either."""
    for one in summary.cases.values():
        listed: set[tuple[str, ...]] = set()
        for name, figure in _figures(one):
            if figure.standing in (Standing.INVALID, Standing.SKIPPED) and figure.reasons not in listed:
                listed.add(figure.reasons)
                yield f"`{one.case.target}`, {name}: {STANDINGS[figure.standing]}: {'; '.join(figure.reasons)}"


def _figures(one: CaseSummary) -> tuple[tuple[str, CheckedFigure[object]], ...]:
    return ("start", one.startup), ("parts of building", one.building), ("live allocations", one.at_rest)


def _cpu(started: Started) -> Table:
    heads = ("start", "imports", "building", "lifespan", "request", "OpenAPI")
    made = [Row((_name(case), *map(cells.estimate, _steps(found)))) for case, found in started]
    return Table((Column("CPU ms", words=True, code=True), *map(Column, heads)), tuple(made), _CPU)


def _steps(found: Startup) -> tuple[Estimate | None, ...]:
    return (
        found.start_ms,
        found.libraries_ms,
        found.build_ms,
        found.lifespan_ms,
        found.first_request_ms,
        found.openapi_ms,
    )


def _building(built: Sequence[CaseSummary]) -> Table:
    rows = [
        Row((_name(case), *map(_share, (found.routes, found.dependants, found.models, found.others))))
        for case in built
        if (found := case.building.value)
    ]
    columns = (
        Column("share of building", words=True, code=True),
        *map(Column, ("routes", "dependants", "models", "others")),
    )
    caption = (
        "By clocks around what FastAPI, Starlette and Pydantic do for each route, for what it depends on, and for each "
        "model and type, in launches of their own; each without what it calls of the others. Others are all else: "
        "the app's own code, and what no clock stands around."
    )
    return Table(columns, tuple(rows), caption)


def _share(value: Estimate) -> Cell:
    return Cell(share(value.mean), sort=value.mean)


def _memory(started: Started) -> Table:
    made = [
        Row(
            (
                _name(case),
                cells.estimate(found.rest_mb),
                cells.estimate(found.libraries_mb),
                cells.estimate(found.build_mb),
                *_live(case.at_rest),
            )
        )
        for case, found in started
    ]
    heads = ("at rest MB", "imports MB", "building MB", "live allocations", "bytes")
    return Table((Column("memory", words=True, code=True), *map(Column, heads)), tuple(made), _MEMORY)


def _live(figure: CheckedFigure[AtRest]) -> tuple[Cell, Cell]:
    if figure.value is None:
        return cells.missing(figure), Cell()
    found = figure.value
    about = "" if found.agree else "≈ "
    return (
        Cell(f"{about}{count(round(found.live_allocs))}", sort=found.live_allocs),
        Cell(size(found.live_bytes), sort=found.live_bytes),
    )


def _routes(added: Sequence[PerRoute]) -> Table:
    rows = [
        Row(
            (
                Cell(listed([f"`{case}`" for case in one.cases])),
                cells.estimate(one.build_us),
                cells.estimate(one.rest_kb),
            )
        )
        for one in added
    ]
    columns = (Column("from", words=True, wrap=True), Column("building µs"), Column("at rest kB"))
    caption = (
        "The slope over apps that are called alike but for the number at the end, with its 95% interval. It is what a "
        "route adds if they differ in nothing else."
    )
    return Table(columns, tuple(rows), caption)


def _name(case: CaseSummary) -> Cell:
    return cells.case(case.case.id, case.case.target)
