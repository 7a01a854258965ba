"""How long each case held the event loop at the longest, and at which line."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.run.holds import IN_PROCESS, LoopHold, loop_holds
from bench.model.run import Run
from bench.report import cells
from bench.report.document import Block, Bullets, Cell, Column, Prose, Row, Section, Table, Tone
from bench.text.numbers import number

_ABOUT = (
    "The longest single step of the event loop: while it runs, no other request is served. Above 5 ms, the line where "
    "it stood is named. A step is a task up to its next await, or a callback; work in other threads is no hold. In "
    "process every step of one request is watched. Under load the loop is looked at when it is late: a hold can be up "
    "to 20 ms longer than shown, and one below 40 ms is seen only if it is frequent."
)
_MOST = 5
"""So many holds are listed on a terminal, the longest first."""


def section(run: Run) -> Section | None:
    """None of a run in which nobody watched."""
    found = loop_holds(run)
    if not found:
        return None
    columns = (Column("case", words=True, code=True), Column("measured", words=True), Column("longest hold ms"))
    table = Table((*columns, Column("at", words=True, code=True)), tuple(map(_row, found)), shown="page")
    blocks: tuple[Block, ...] = (Prose(_ABOUT, shown="page"), *_lines(found), table)
    return Section("Longest hold of the event loop", blocks, "holds")


def _row(one: LoopHold) -> Row:
    tone: Tone = "warn" if one.at else ""
    held = cells.plain(one.hold_ms) if one.hold_ms else Cell("< 5", sort=0.0)
    return Row((cells.case(one.case), Cell(one.where), held, Cell(one.at or "", tone=tone)))


def _lines(found: Sequence[LoopHold]) -> tuple[Block, ...]:
    long = sorted((one for one in found if one.at), key=lambda one: -one.hold_ms)
    if not long:
        one = max(found, key=lambda one: one.hold_ms)
        most = f": at most {number(one.hold_ms)} ms, in {one.case} {_where(one)}" if one.hold_ms else ""
        return (Prose(f"None above 5 ms{most}."),)
    said = [f"`{one.case}`: {number(one.hold_ms)} ms at {one.at}, {_where(one)}" for one in long[:_MOST]]
    more = [f"and {len(long) - _MOST} more; see the page"] if len(long) > _MOST else []
    return (Bullets((*said, *more), shown="brief"),)


def _where(one: LoopHold) -> str:
    return one.where if one.where == IN_PROCESS else f"under {one.where}"
