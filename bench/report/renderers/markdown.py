"""A document as GitHub's Markdown: a comment on a pull request, or the summary of a job.

Whatever comes from data is escaped, or stands in a code span that it can't leave.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bench.report.document import (
    Block,
    Bullets,
    Cell,
    Code,
    Column,
    Document,
    Entries,
    Facts,
    Figure,
    Findings,
    Fold,
    Panels,
    Prose,
    Row,
    Section,
    Table,
)

_MARKS = re.compile(r"[\\`*_{}\[\]<>|#@&]")


def markdown(document: Document) -> str:
    """The headline first, then what is not for the page alone, then the notes in small print."""
    return "\n".join(_document(document)).rstrip("\n") + "\n"


def escaped(text: str) -> str:
    """Plain text: no markup, no mention of anybody, no other table cell."""
    return _MARKS.sub(lambda mark: f"&#{ord(mark[0])};", text).replace("\n", " ")


def code(text: str) -> str:
    """A code span."""
    return "`{}`".format(text.replace("`", "'").replace("|", "\\|").replace("\n", " "))


def inline(sentence: str) -> str:
    """A sentence, escaped, with what stands in backticks as code."""
    return "".join(
        (code(part) if index % 2 else escaped(part)) for index, part in enumerate(sentence.split("`")) if part
    )


def _document(document: Document) -> Iterator[str]:
    first, *more = document.headline or (document.title,)
    yield from (f"**{inline(first)}**", "")
    yield from (f"- {inline(sentence)}" for sentence in more)
    yield from ([""] if more else [])
    yield from (inline(" · ".join([document.title, *document.subtitle])), "")
    for section in document.sections:
        yield from _section(section, 3)
    small = [inline(note) for note in document.notes]
    if document.version:
        small.append(f"layercake {escaped(document.version)}{f', {code(document.id)}' if document.id else ''}")
    if small:
        yield f"<sub>{' '.join(small)}</sub>"


def _section(section: Section, level: int) -> Iterator[str]:
    inside = list(_blocks(section.blocks, level + 1)) if section.shown != "page" else []
    if inside:
        yield from (f"{'#' * level} {inline(section.title)}", "", *inside)


def _blocks(blocks: Iterable[Block], level: int) -> Iterator[str]:
    for block in blocks:
        if block.shown != "page":
            yield from _block(block, level)


def _block(block: Block, level: int) -> Iterator[str]:  # noqa: C901, PLR0912 - one case a kind of block
    match block:
        case Prose():
            yield from (inline(block.text), "")
        case Bullets():
            yield from (*(f"- {inline(item)}" for item in block.items), "")
        case Facts():
            yield from (*(f"- {escaped(term)}: {inline(text)}" for term, text in block.pairs), "")
        case Code():
            yield from (code(block.text), "")
        case Table() if block.rows:
            yield from _table(block)
        case Figure():
            yield from _blocks(block.fallback, level)
        case Fold():
            if inside := list(_blocks(block.blocks, level)):
                summary = f"<details><summary>{escaped(block.summary)}</summary>"
                yield from (summary, "", *inside, "</details>", "")
        case Findings():
            for item in block.items:
                scope = f" {inline(item.scope)}" if item.scope else ""
                yield f"- **{escaped(item.label)}** {inline(item.title)}{scope}"
            yield ""
        case Panels():
            for panel in block.panels:
                yield from _section(Section(panel.name, panel.blocks), level)
        case Entries():
            for entry in block.entries:
                yield from _section(Section(entry.name, (Prose(entry.summary), *entry.blocks)), level)
        case Section():
            yield from _section(block, level)


def _table(table: Table) -> Iterator[str]:
    shown = [(at, column) for at, column in enumerate(table.columns) if not column.detail and not column.bars]
    yield f"| {' | '.join(escaped(column.title) for _, column in shown)} |"
    yield f"|{'|'.join('---' if column.words else '---:' for _, column in shown)}|"
    for row in table.rows:
        yield f"| {' | '.join(_cell(row, at, column) for at, column in shown)} |"
    yield ""


def _cell(row: Row, at: int, column: Column) -> str:
    cell = row.cells[at] if at < len(row.cells) else Cell()
    text = code(cell.text) if column.code and cell.text else inline(cell.text)
    whole = " ".join(filter(None, (text, escaped(cell.note))))
    return f"{whole}<br>{inline(cell.below)}" if cell.below else whole
