"""What is invalid or missing, what was checked, and what limits the figures of a run."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.run.figure_text import STANDINGS
from bench.analysis.run.figures import CheckTally, MissingFigure, Standing, Summary
from bench.report.document import Block, Bullets, Cell, Column, Prose, Row, Section, Table, Tone
from bench.report.words.caveats import of_the_method, of_this_run

_FAILURES = 5
"""So many failures of a check are quoted, the others are counted."""


def section(summary: Summary) -> Section:
    """Every run has one."""
    blocks: list[Block] = [*_missing(summary.holes)]
    if summary.tallies:
        blocks.append(_checks(summary.tallies))
    own, general = tuple(of_this_run(summary)), tuple(of_the_method(summary))
    limits: list[Block] = [Bullets(own)] if own else []
    limits += [Bullets(general, shown="page")] if general else []
    if limits:
        blocks.append(Section("Limitations", tuple(limits), "limitations"))
    return Section("Validity", tuple(blocks), "validity")


def _missing(holes: Sequence[MissingFigure]) -> list[Block]:
    if not holes:
        return [Prose("All figures passed their checks, and none is missing.", shown="page")]
    columns = (
        Column("case", words=True, code=True),
        Column("pass", words=True),
        Column("standing", words=True),
        Column("why", words=True, wrap=True),
    )
    brief = Table(columns, tuple(_row(group[0], len(group) - 1) for group in _by_cause(holes)), shown="brief")
    whole = Table(columns, tuple(_row(hole) for hole in holes), shown="page")
    return [Section("Invalid or missing", (brief, whole), "missing")]


def _by_cause(holes: Sequence[MissingFigure]) -> list[list[MissingFigure]]:
    causes: dict[tuple[Standing, tuple[str, ...], str], list[MissingFigure]] = {}
    for hole in holes:
        causes.setdefault((hole.standing, hole.passes, hole.reasons[0].partition(":")[0]), []).append(hole)
    return list(causes.values())


def _row(hole: MissingFigure, more: int = 0) -> Row:
    standing = Cell(STANDINGS[hole.standing], tone="bad" if hole.standing is Standing.INVALID else "warn")
    case = Cell(hole.case + (f" and {more} more" if more else ""))
    return Row((case, Cell(", ".join(hole.passes)), standing, Cell("; ".join(hole.reasons))))


def _checks(tallies: Sequence[CheckTally]) -> Section:
    columns = (
        Column("check", words=True),
        Column("of", words=True),
        Column("passed"),
        Column("for example", words=True, wrap=True),
    )
    caption = "Each check, over all samples that it applies to. A figure with one failing sample is INVALID."
    table = Table(columns, tuple(_check(tally) for tally in tallies), caption)
    return Section("Checks", (table,), "checks", shown="page")


def _check(tally: CheckTally) -> Row:
    passed = f"{tally.passed} of {tally.looked_at}"
    tone: Tone = "bad" if tally.failures else ""
    cell = Cell(passed, sort=tally.passed / tally.looked_at, tone=tone)
    return Row((Cell(tally.name), Cell(tally.kind), cell, Cell(_example(tally))))


def _example(tally: CheckTally) -> str:
    """Of a check that failed, where and how; else what it looked at."""
    if not tally.failures:
        return tally.evidence
    quoted = [f"{case}: {evidence}" for case, evidence in tally.failures[:_FAILURES]]
    more = len(tally.failures) - len(quoted)
    return "; ".join(quoted) + (f"; and {more} more" if more else "")
