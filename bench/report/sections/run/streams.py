"""A run's streams and WebSockets: what a chunk and a message cost, and what becomes of a stream that is left."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.run.figures import Allocations, Summary
from bench.analysis.run.left_streams import OWN_END, LeftStream, left_streams
from bench.analysis.run.pieces import PieceCost, piece_costs
from bench.report import cells
from bench.report.document import Block, Cell, Column, Prose, Row, Section, Table
from bench.text.numbers import DASH, number, size

_COST_COLUMNS = (
    Column("target", words=True, code=True),
    Column("of", words=True),
    Column("number"),
    Column("CPU µs"),
    Column("added µs"),
    Column("allocations"),
    Column("allocated"),
    Column("without, µs", detail=True),
)
_LEFT_COLUMNS = (
    Column("stream", words=True, code=True),
    Column("its generator", words=True),
    Column("after, ms"),
    Column("chunks unread"),
)


def section(summary: Summary) -> Section | None:
    """None of a run without a stream or a WebSocket."""
    costs, left = piece_costs(summary), tuple(left_streams(summary))
    blocks: list[Block] = []
    if costs:
        blocks.append(_costs(costs))
    if left:
        blocks.append(_left(left))
    return Section("Streams and WebSockets", tuple(blocks), "streams", "Streams") if blocks else None


def _costs(costs: Sequence[PieceCost]) -> Section:
    about = Prose(
        "What one more chunk of a stream, or one more WebSocket message, costs in process: the difference between a "
        "request with few of them and one with many, divided by the difference in their number."
    )
    caption = (
        "Added: more than the parent's chunk or message. Without: the rest of the request, or the opening and closing "
        "of the WebSocket. Means over launches ± half of their 95% intervals; allocations are counted."
    )
    table = Table(_COST_COLUMNS, tuple(map(_cost, costs)), caption)
    return Section("Cost of a chunk and of a message", (about, table), "pieces")


def _cost(cost: PieceCost) -> Row:
    few, many = cost.few.pieces or 0, cost.many.pieces or 0
    numbers = Cell(f"{number(few, 0)} → {number(many, 0)}", sort=many)
    name = (cells.case(cost.many.id, cost.many.target), Cell(f"{cost.name} {cost.kind}"), numbers)
    if cost.cpu_us.value is None:
        return Row((*name, cells.missing(cost.cpu_us), Cell(), *_counted(cost.counted), Cell()))
    return Row(
        (
            *name,
            cells.estimate(cost.cpu_us.value),
            cells.marginal(cost.added_us),
            *_counted(cost.counted),
            cells.estimate(cost.opening_us.value),
        )
    )


def _counted(found: Allocations | None) -> tuple[Cell, Cell]:
    if found is None:
        return cells.NOTHING, cells.NOTHING
    about = "" if found.agree else "≈ "
    return (
        Cell(f"{about}{number(found.allocs, 1)}", sort=found.allocs),
        Cell(f"{about}{size(found.alloc_bytes)}", sort=found.alloc_bytes),
    )


def _left(left: Sequence[LeftStream]) -> Section:
    about = Prose(
        "The client closes its connection to a served stream after its first chunks. A generator that is still open "
        "one second later is left to the garbage collector. Each was observed once, so the times have no intervals."
    )
    rows = tuple(
        Row(
            (
                cells.case(one.case.id),
                _end(one),
                cells.plain(one.after_ms),
                Cell(DASH) if one.chunks_unread is None else Cell(number(one.chunks_unread, 0), sort=one.chunks_unread),
            )
        )
        for one in left
    )
    return Section("A client that leaves", (about, Table(_LEFT_COLUMNS, rows)), "left")


def _end(one: LeftStream) -> Cell:
    if one.by is None:
        return Cell("is still open", tone="bad")
    return Cell("runs to its own end", tone="warn") if one.by == OWN_END else Cell(f"is closed by {one.by}")
