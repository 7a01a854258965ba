"""A document as GitHub's Markdown: a comment on a pull request, or the summary of a job.

Whatever comes from data is escaped, or stands in a code span that it can't leave. It is never longer than GitHub
takes, however much there is to say.
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
    Finding,
    Findings,
    Fold,
    Panels,
    Prose,
    Row,
    Section,
    Table,
)
from bench.report.renderers.passages import LONGEST_BYTES, Passage, within

_MARKS = re.compile(r"[\\`*_{}\[\]<>|#@&]")
# GitHub looks for mentions, issues and addresses once entities are characters again: what parts them can't be seen.
_LINKED = re.compile(r"(?<=@)(?=\w)|(?<=#)(?=\d)|(?<=\bGH-)(?=\d)|(?<=:)(?=//)|(?<=\bwww)(?=\.)", re.IGNORECASE)
_JOINER = "\N{WORD JOINER}"
# A longer text is cut, in a table, in the notes or elsewhere: what comes from an app can have any length.
_CELL_MOST, _NOTES_MOST, _TEXT_MOST = 300, 2_500, 1_000


def markdown(document: Document) -> str:
    """The headline first, then what is not for the page alone, then the notes in small print."""
    return "\n".join(within(tuple(_document(document)), LONGEST_BYTES)).rstrip("\n") + "\n"


def escaped(text: str) -> str:
    """Plain text: no markup, no mention of anybody, no link, no other table cell."""
    return _MARKS.sub(lambda mark: f"&#{ord(mark[0])};", _LINKED.sub(_JOINER, _line(text)))


def code(text: str) -> str:
    """A code span."""
    return "`{}`".format(_line(text).replace("`", "'").replace("|", "\\|"))


def _line(text: str) -> str:
    return " ".join(text.splitlines())


def inline(sentence: str, most: int = _TEXT_MOST) -> str:
    """A sentence, escaped, with what stands in backticks as code."""
    return "".join(
        (code(part) if index % 2 else escaped(part))
        for index, part in enumerate(_cut(sentence, most).split("`"))
        if part
    )


def _cut(text: str, most: int = _TEXT_MOST) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _document(document: Document) -> Iterator[Passage]:
    first, *more = document.headline or (document.title,)
    yield Passage((f"**{inline(first)}**", ""))
    if more:
        yield Passage(tuple(f"- {inline(sentence)}" for sentence in more), foot=("",))
    yield Passage((inline(" · ".join([document.title, *document.subtitle])), ""))
    for section in document.sections:
        yield from _section(section, 3)
    if document.notes or document.version:
        yield Passage((f"<sub>{' '.join(_small(document))}</sub>",))


def _small(document: Document) -> Iterator[str]:
    if document.notes:
        yield inline(" ".join(document.notes), _NOTES_MOST)
    if document.version:
        yield f"layercake {escaped(document.version)}{f', {code(document.id)}' if document.id else ''}"


def _section(section: Section, level: int) -> Iterator[Passage]:
    inside = tuple(_blocks(section.blocks, level + 1)) if section.shown != "page" else ()
    if inside:
        yield Passage(inside, (f"{'#' * level} {inline(section.title)}", ""))


def _blocks(blocks: Iterable[Block], level: int) -> Iterator[Passage]:
    for block in blocks:
        if block.shown != "page":
            yield from _block(block, level)


def _block(block: Block, level: int) -> Iterator[Passage]:  # noqa: C901, PLR0912 - one case a kind of block
    match block:
        case Prose():
            yield Passage((inline(block.text),), foot=("",))
        case Bullets():
            yield Passage(tuple(f"- {inline(item)}" for item in block.items), foot=("",))
        case Facts():
            yield Passage(tuple(f"- {escaped(_cut(term))}: {inline(text)}" for term, text in block.pairs), foot=("",))
        case Code():
            yield Passage((code(_cut(block.text)),), foot=("",))
        case Table() if block.rows:
            yield _table(block)
        case Figure():
            yield from _blocks(block.fallback, level)
        case Fold():
            if inside := tuple(_blocks(block.blocks, level)):
                summary = f"<details><summary>{escaped(_cut(block.summary))}</summary>"
                yield Passage(inside, (summary, ""), ("</details>", ""))
        case Findings():
            yield Passage(tuple(map(_finding, block.items)), foot=("",))
        case Panels():
            for panel in block.panels:
                yield from _section(Section(panel.name, panel.blocks), level)
        case Entries():
            for entry in block.entries:
                yield from _section(Section(entry.name, (Prose(entry.summary), *entry.blocks)), level)
        case Section():
            yield from _section(block, level)


def _finding(item: Finding) -> str:
    scope = f" {inline(item.scope)}" if item.scope else ""
    return f"- **{escaped(_cut(item.label))}** {inline(item.title)}{scope}"


def _table(table: Table) -> Passage:
    shown = [(at, column) for at, column in enumerate(table.columns) if not column.detail and not column.bars]
    head = (
        f"| {' | '.join(escaped(_cut(column.title, _CELL_MOST)) for _, column in shown)} |",
        f"|{'|'.join('---' if column.words else '---:' for _, column in shown)}|",
    )
    rows = (f"| {' | '.join(_cell(row, at, column) for at, column in shown)} |" for row in table.rows)
    return Passage(tuple(rows), head, ("",))


def _cell(row: Row, at: int, column: Column) -> str:
    cell = row.cells[at] if at < len(row.cells) else Cell()
    text = code(_cut(cell.text, _CELL_MOST)) if column.code and cell.text else inline(cell.text, _CELL_MOST)
    whole = " ".join(filter(None, (text, escaped(_cut(cell.note, _CELL_MOST)))))
    return f"{whole}<br>{inline(cell.below, _CELL_MOST)}" if cell.below else whole
