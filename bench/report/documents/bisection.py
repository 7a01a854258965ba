"""A bisection on the terminal."""

from __future__ import annotations

from bench.report.document import Cell, Column, Document, Row, Section, Table
from bench.report.documents.provenance import day
from bench.report.words.bisection import BisectionNarrative, change_in_words, sentences
from bench.stats.two_stage import CONFIDENCE
from bench.text.numbers import share


def document(found: BisectionNarrative) -> Document:
    """What a bisection says."""
    bisection = found.bisection
    words, host = bisection.words, bisection.host
    sections = (_comparisons(found), _left_out(found))
    return Document(
        title=f"{words.package} {words.good} to {words.bad}",
        headline=tuple(sentences(found)),
        subtitle=(
            words.cases[0].id,
            f"Python {bisection.anchor.stack.python}",
            host.cpu_model,
            day(bisection.started_at),
            f"margin {share(words.margin)}",
        ),
        sections=tuple(section for section in sections if section is not None),
        version=bisection.harness_version,
        id=bisection.id,
    )


def _comparisons(found: BisectionNarrative) -> Section | None:
    if not found.answers:
        return None
    columns = (
        Column("base", words=True),
        Column("head", words=True),
        Column("margin"),
        Column(f"CPU, {CONFIDENCE:.0%} interval", words=True),
    )
    rows = tuple(
        Row(
            (
                Cell(one.base),
                Cell(one.head),
                Cell(share(one.margin), sort=one.margin),
                Cell(change_in_words(one.found), sort=one.found.ratio if one.found else None),
            )
        )
        for one in found.answers
    )
    return Section("Comparisons", (Table(columns, rows),), "comparisons")


def _left_out(found: BisectionNarrative) -> Section | None:
    if not found.bisection.left_out:
        return None
    columns = (Column("release", words=True), Column("why", words=True, wrap=True))
    rows = tuple(Row((Cell(one.release), Cell(one.reason))) for one in found.bisection.left_out)
    return Section("Not compared", (Table(columns, rows),), "missing")
