"""What every document on a terminal shares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from bench.report.document import (
    Block,
    Bullets,
    Code,
    Document,
    Entries,
    Facts,
    Figure,
    Finding,
    Findings,
    Fold,
    Panels,
    Prose,
    Section,
    Table,
    Tone,
)
from bench.report.renderers.terminal_table import INDENT, STYLES, lines

_FOLDED_MOST = 20


def print_document(console: Console, document: Document) -> None:
    """Print what is not for the page alone."""
    console.print()
    console.print(Text(" · ".join([document.title, *document.subtitle]), "bold"))
    for sentence in document.headline[:1]:
        console.print(inline(sentence))
    for sentence in document.headline[1:]:
        console.print(_item(sentence))
    for section in document.sections:
        _section(console, section)
    if document.notes:
        console.print()
    for note in document.notes:
        console.print(inline(note, "soft"))


def inline(sentence: str, tone: Tone = "") -> Text:
    """A sentence with its code in bold, without the backticks."""
    text = Text("", STYLES[tone])
    for index, part in enumerate(sentence.split("`")):
        text.append(part, "bold" if index % 2 else "")
    return text


def _section(console: Console, section: Section) -> None:
    rendered = list(_blocks(section.blocks, console.width - INDENT)) if section.shown != "page" else []
    if not rendered:
        return
    console.print()
    console.print(Text(section.title, "bold underline"))
    console.print(Padding(Group(*rendered), (0, 0, 0, INDENT), expand=False))


def _blocks(blocks: Iterable[Block], width: int) -> Iterator[RenderableType]:
    """A part that follows something begins after an empty line."""
    empty = True
    for block in blocks:
        rendered = list(_block(block, width)) if block.shown != "page" else []
        if rendered and isinstance(block, Section) and not empty:
            yield Text()
        yield from rendered
        empty = empty and not rendered


def _block(block: Block, width: int) -> Iterator[RenderableType]:  # noqa: C901, PLR0912 - one case a kind of block
    match block:
        case Prose():
            yield inline(block.text, block.tone)
        case Bullets():
            yield from (_item(item, block.tone) for item in block.items)
        case Facts():
            yield from _facts(block, width)
        case Code():
            yield Text(block.text, "bold")
        case Table():
            if block.rows:
                yield from ([inline(block.caption, "soft")] if block.caption and block.shown == "brief" else [])
                yield Group(*lines(block, width))
        case Figure():
            yield from _blocks(block.fallback, width)
        case Fold():
            yield from _blocks(_shortened(block.blocks), width)  # a terminal has nothing to click
        case Findings():
            yield from _findings(block.items, width)
        case Panels():
            for panel in block.panels:
                yield from _headed(panel.name, panel.blocks, width)
        case Entries():
            for entry in block.entries:
                yield from _headed(f"{entry.name}  {entry.summary}", entry.blocks, width)
        case Section():
            yield from _headed(block.title, block.blocks, width)


def _shortened(blocks: Iterable[Block]) -> Iterator[Block]:
    """What matters less, and stands behind a click elsewhere: the first of many, and how many more there are."""
    for block in blocks:
        match block:
            case Table():
                yield replace(block, rows=block.rows[:_FOLDED_MOST])
                left = len(block.rows) - _FOLDED_MOST
            case Bullets():
                yield replace(block, items=block.items[:_FOLDED_MOST])
                left = len(block.items) - _FOLDED_MOST
            case _:
                yield block
                left = 0
        if left > 0:
            yield Prose(f"… and {left:,} more, see the page", "soft", shown=block.shown)


def _headed(title: str, blocks: Iterable[Block], width: int) -> Iterator[RenderableType]:
    rendered = list(_blocks(blocks, width - INDENT))
    if rendered:
        yield inline(title, "strong")
        yield Padding(Group(*rendered), (0, 0, 0, INDENT), expand=False)


def _item(sentence: str, tone: Tone = "") -> RenderableType:
    """One bullet, its continuation lines indented."""
    grid = Grid.grid(padding=(0, 1))
    grid.add_column()
    grid.add_column(overflow="fold")  # a long name goes on in the next line, and isn't cut
    grid.add_row("•", inline(sentence, tone))
    return grid


def _facts(facts: Facts, width: int) -> Iterator[RenderableType]:
    """Terms beside their texts; where that would leave too little room for the texts, above them."""
    if max((cell_len(term) for term, _ in facts.pairs), default=0) > width // 2:
        for term, text in facts.pairs:
            yield Text(term, "dim")
            yield Padding(inline(text), (0, 0, 0, INDENT), expand=False)
        return
    grid = Grid.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for term, text in facts.pairs:
        grid.add_row(term, inline(text))
    yield grid


def _findings(items: Sequence[Finding], width: int) -> Iterator[RenderableType]:
    """Labels beside their statements; where that would leave too little room for these, above them."""
    stacked = max((cell_len(item.label) for item in items), default=0) > width // 2
    grid = Grid.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for item in items:
        label, said = Text(item.label, STYLES[item.tone]), inline(f"{item.title} {item.scope}".rstrip())
        if stacked:
            yield label
            yield Padding(said, (0, 0, 0, INDENT), expand=False)
        else:
            grid.add_row(label, said)
    if not stacked:
        yield grid
