"""A run's connections: what the server holds for those that are idle, and what new ones cost it."""

from __future__ import annotations

from bench.analysis.run.connection_figures import ConnectionCosts
from bench.analysis.run.figure_text import STANDINGS
from bench.analysis.run.figures import Standing, Summary
from bench.report import cells
from bench.report.document import Block, Bullets, Cell, Column, Prose, Row, Section, Table
from bench.report.words.connections import HELD, of_all, sentences
from bench.text.numbers import number

_ABOUT = "What open connections cost the server, beside the requests: its memory and its CPU, over a real socket."
_CASE = Column("case", words=True, code=True)


def section(summary: Summary) -> Section | None:
    """None of a run that held no connections."""
    found = list(of_all(summary))
    missing = tuple(
        f"`{id_}` {STANDINGS[figure.standing]}: {'; '.join(figure.reasons)}"
        for id_, case in summary.cases.items()
        if (figure := case.connections).standing in (Standing.INVALID, Standing.SKIPPED)
    )
    if not found and not missing:
        return None
    blocks: list[Block] = [Prose(_ABOUT)]
    if found:
        blocks += [Bullets(tuple(sentences(summary))), _held(found)]
    asked = [(id_, costs) for id_, costs in found if costs.kept_us or costs.fresh_us]
    if asked:
        blocks.append(_fresh(asked))
    if missing:
        blocks.append(Bullets(missing, shown="page"))
    return Section("Connections", tuple(blocks), "connections", "Connections")


def _held(found: list[tuple[str, ConnectionCosts]]) -> Table:
    rows = tuple(
        Row(
            (
                cells.case(id_),
                Cell(HELD[costs.holds][1].removeprefix("idle ")),
                Cell(number(level.connections, 0), sort=level.connections),
                cells.estimate(level.each_kb),
                cells.marginal(level.idle_cpu_ms_per_s),
                cells.estimate(level.busy_us),
                cells.marginal(level.busy_added_us),
            )
        )
        for id_, costs in found
        for level in costs.levels
    )
    columns = (
        _CASE,
        Column("held", words=True),
        *map(Column, ("open", "kB each", "idle CPU ms/s")),
        Column("request µs", detail=True),
        Column("added µs"),
    )
    caption = (
        "Resident memory of the server's process for each connection: the difference between a tenth of them and all. "
        "CPU of all of them together while nothing is requested, above the server's without them. A request beside "
        "them is on one of a few other connections; added is its server CPU above that without idle connections."
    )
    return Table(columns, rows, caption)


def _fresh(asked: list[tuple[str, ConnectionCosts]]) -> Table:
    rows = tuple(
        Row((cells.case(id_), *map(cells.estimate, (one.kept_us, one.fresh_us)), cells.marginal(one.fresh_added_us)))
        for id_, one in asked
    )
    heads = ("kept µs", "new µs", "added µs")
    caption = (
        "Server CPU of one request: on a connection that is kept, and on a new one that is closed after it, in "
        "alternating windows. Means over launches ± half of their 95% intervals."
    )
    return Table((_CASE, *map(Column, heads)), rows, caption)
