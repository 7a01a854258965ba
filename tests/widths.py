"""A document on terminals of several widths: nothing of it may be cut."""

from __future__ import annotations

import io
from collections.abc import Iterator

from rich.console import Console

from bench.report.document import (
    Block,
    Bullets,
    Code,
    Document,
    Facts,
    Figure,
    Findings,
    Fold,
    Panels,
    Prose,
    Section,
    Table,
)
from bench.report.renderers.terminal import print_document

WIDTHS = (40, 60, 80, 100, 200)


def printed(document: Document, width: int) -> str:
    """What a terminal shows."""
    console = Console(file=io.StringIO(), width=width, highlight=False, markup=False, emoji=False)
    print_document(console, document)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def assert_whole(document: Document) -> None:
    """Every text that is not for the page alone appears with every character, on lines that fit, and no ellipsis is
    added."""
    texts = [*document.headline, document.title, *document.subtitle, *document.notes, *_texts(document.sections)]
    for width in WIDTHS:
        said = printed(document, width)
        assert max(map(len, said.splitlines())) <= width, width
        assert said.count("…") == sum(text.count("…") for text in texts), width
        # A long name may be broken anywhere between two lines, and other columns then stand between its parts.
        lines = [line.split() for line in said.splitlines()]
        words = {word for line in lines for word in line}
        for word in {word for text in texts for word in text.replace("`", "").split()}:
            assert word in words or _in_parts(word, lines), (width, word)


def _in_parts(word: str, lines: list[list[str]]) -> bool:
    """Whether a word stands on lines below each other, part by part."""
    for at, line in enumerate(lines):
        for start in line:
            if word.startswith(start) and (word == start or _in_parts_from(word[len(start) :], lines[at + 1 :])):
                return True
    return False


def _in_parts_from(rest: str, lines: list[list[str]]) -> bool:
    if not rest:
        return True
    return bool(lines) and any(
        rest.startswith(part) and _in_parts_from(rest[len(part) :], lines[1:]) for part in lines[0]
    )


def _texts(blocks: tuple[Block, ...]) -> Iterator[str]:  # noqa: C901 - one case a kind of block
    for block in blocks:
        if block.shown == "page":
            continue
        match block:
            case Prose() | Code():
                yield block.text
            case Bullets():
                yield from block.items
            case Facts():
                yield from (text for pair in block.pairs for text in pair)
            case Table():
                yield from _cells(block)
            case Figure():
                yield from _texts(block.fallback)
            case Findings():
                yield from (text for item in block.items for text in (item.label, item.title, item.scope))
            case Panels():
                for panel in block.panels:
                    yield from _texts(panel.blocks)
            case Section() | Fold():
                yield from _texts(block.blocks)


def _cells(table: Table) -> Iterator[str]:
    shown = [at for at, column in enumerate(table.columns) if not column.detail and not column.bars]
    for row in table.rows:
        for at in shown[: len(row.cells)]:
            yield from (row.cells[at].text, row.cells[at].note)
