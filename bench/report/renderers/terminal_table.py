"""A table of a document in as many columns as a terminal has, with every digit.

What doesn't fit side by side is wrapped (columns of words), and what doesn't fit then is stacked: each row becomes its
first cell, with the others below it, each behind its column's heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.text import Text

from bench.report.document import Bar, Cell, Column, Row, Table, Tone

STYLES: dict[Tone, str] = {
    "": "",
    "soft": "dim",
    "good": "green",
    "part": "cyan",
    "warn": "yellow",
    "bad": "bold red",
    "strong": "bold",
}
GAP = 2
INDENT = 2
SHORTEST_BAR, LONGEST_BAR = 8, 36
_LEAST_WORDS = 16
"""A column of words is not wrapped below this width: a tower of single words can't be read."""
_JOINT = re.compile(r"(?<=[_:/.])")


def lines(table: Table, width: int) -> list[Text]:
    """The table in lines of at most `width` columns."""
    shown = [index for index, column in enumerate(table.columns) if not column.detail and not column.bars]
    bars = [index for index, column in enumerate(table.columns) if column.bars]
    columns = [table.columns[index] for index in shown]
    rows = [[_cell(row, index) for index in shown] for row in table.rows]
    widths = _natural(columns, rows)
    wanted = _fitting(columns, rows, widths, width)
    if wanted is None:
        return list(_stacked(columns, rows, width))
    made = _heads(columns, wanted) if any(column.title for column in columns) else []
    blocks = [_row(columns, cells, wanted, widths) for cells in rows]
    room = width - sum(wanted) - GAP * len(wanted)
    if bars and room >= SHORTEST_BAR + GAP:
        length = min(LONGEST_BAR, room - GAP)
        made[-1:] = [_beside(made[-1:], wanted, Text(table.columns[bars[0]].title, "dim"))] if made else []
        for block, row in zip(blocks, table.rows, strict=True):
            bar = row.cells[bars[0]].bar if bars[0] < len(row.cells) else None
            if bar is not None:
                block[0] = _beside([block[0]], wanted, _bar(bar, length))
    return [*made, *(line for block in blocks for line in block)]


def _cell(row: Row, index: int) -> Cell:
    cell = row.cells[index] if index < len(row.cells) else Cell()
    indent = " " * (INDENT * row.depth) if index == 0 else ""
    if not indent and not row.tone:
        return cell
    return Cell(indent + cell.text, cell.note, tone=cell.tone or row.tone, below=cell.below)


def _note_widths(rows: Sequence[Sequence[Cell]], index: int) -> tuple[int, int]:
    """The widest text and the widest note of a column: notes stand below each other."""
    return (
        max((cell_len(row[index].text) for row in rows if row[index].note), default=0),
        max((cell_len(row[index].note) for row in rows), default=0),
    )


class _Widths:
    """Of one column: the text, the note beside it, and both with their heading."""

    def __init__(self, column: Column, rows: Sequence[Sequence[Cell]], index: int) -> None:
        self.text, self.note = _note_widths(rows, index)
        alone = max((cell_len(row[index].text) for row in rows if not row[index].note), default=0)
        if self.note and not column.words:
            self.text = max(self.text, alone)
        beside = self.text + (1 + self.note if self.note else 0)
        below = max((cell_len(row[index].below.replace("`", "")) for row in rows), default=0)
        self.whole = max(beside, alone, below, cell_len(column.title))


def _natural(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> list[_Widths]:
    return [_Widths(column, rows, index) for index, column in enumerate(columns)]


def _fitting(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], widths: Sequence[_Widths], width: int
) -> list[int] | None:
    """Each column's width; columns of words give way, the widest first. None where that isn't enough."""
    wanted = [one.whole for one in widths]
    least = [
        min(one.whole, max(_LEAST_WORDS, _longest_piece(column, rows, index))) if column.words else one.whole
        for index, (column, one) in enumerate(zip(columns, widths, strict=True))
    ]
    excess = sum(wanted) + GAP * (len(wanted) - 1) - width
    while excess > 0:
        widest = max(range(len(wanted)), key=lambda index: wanted[index] - least[index])
        if wanted[widest] <= least[widest]:
            return None
        wanted[widest] -= 1
        excess -= 1
    return wanted


def _longest_piece(column: Column, rows: Sequence[Sequence[Cell]], index: int) -> int:
    pieces = (
        _indent(row[index].text) + cell_len(piece)
        for row in rows
        for piece in _pieces(f"{_whole(row[index])} {row[index].below}")
    )
    return max((*pieces, *map(cell_len, column.title.split())), default=0)


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _whole(cell: Cell) -> str:
    return f"{cell.text} {cell.note}".rstrip().replace("`", "")


def _pieces(text: str) -> Iterator[str]:
    """What must not be broken: words, and of long names the parts between their joints."""
    for word in text.split():
        yield from _JOINT.split(word) if cell_len(word) > _LEAST_WORDS else [word]


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns, broken at spaces, and in long names after a joint."""
    indent = text[: len(text) - len(text.lstrip())]
    made, line = [], indent
    for word in text.split():
        for number, piece in enumerate(_JOINT.split(word) if cell_len(word) > width - len(indent) else [word]):
            space = " " if line.strip() and number == 0 else ""
            if cell_len(line) + len(space) + cell_len(piece) <= width or not line.strip():
                line += space + piece
            else:
                made.append(line)
                line = indent + piece
    return [*made, line]


def _heads(columns: Sequence[Column], wanted: Sequence[int]) -> list[Text]:
    """The headings, those of words wrapped; they end on the same line."""
    titles = [
        wrapped(column.title, width) if column.words else [column.title.rjust(width)]
        for column, width in zip(columns, wanted, strict=True)
    ]
    height = max(map(len, titles))
    filled = [
        [line.ljust(width) for line in [""] * (height - len(title)) + title]
        for title, width in zip(titles, wanted, strict=True)
    ]
    return [Text((" " * GAP).join(line).rstrip(), "dim") for line in zip(*filled, strict=True)]


def _row(
    columns: Sequence[Column], cells: Sequence[Cell], wanted: Sequence[int], widths: Sequence[_Widths]
) -> list[Text]:
    """One row, on several lines where a column of words is wrapped."""
    parts = [
        _words(cell, width) if column.words else [_number(cell, width, one)]
        for column, cell, width, one in zip(columns, cells, wanted, widths, strict=True)
    ]
    height = max(len(part) for part in parts)
    made = []
    for number in range(height):
        line = Text()
        for part, width in zip(parts, wanted, strict=True):
            piece = part[number] if number < len(part) else Text()
            line.append_text(piece)
            line.append(" " * (width - piece.cell_len + GAP))
        line.rstrip()
        made.append(line)
    return made


def _words(cell: Cell, width: int) -> list[Text]:
    return [*(Text(line, STYLES[cell.tone]) for line in wrapped(_whole(cell), width)), *_below(cell, width)]


def _below(cell: Cell, width: int) -> list[Text]:
    return [Text(line) for line in wrapped(cell.below.replace("`", ""), width)] if cell.below else []


def _number(cell: Cell, width: int, of: _Widths) -> Text:
    """Right, with the notes of a column below each other."""
    text = Text()
    if cell.note:
        beside = f"{cell.text.rjust(of.text)} {cell.note.rjust(of.note)}"
        text.append(" " * (width - cell_len(beside)))
        text.append(cell.text.rjust(of.text), STYLES[cell.tone])
        text.append(f" {cell.note.rjust(of.note)}", "dim")
        return text
    # A number without a note stands below the other numbers, a word (a failure) as far right as it can.
    right = 1 + of.note if of.note and cell_len(cell.text) <= of.text else 0
    text.append(" " * (width - right - cell_len(cell.text)))
    text.append(cell.text, STYLES[cell.tone])
    return text


def _stacked(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], width: int) -> Iterator[Text]:
    for cells in rows:
        for line in wrapped(cells[0].text if not cells[0].note else _whole(cells[0]), width):
            yield Text(line, STYLES[cells[0].tone] or "bold")
        yield from _below(cells[0], width)
        indent = _indent(cells[0].text) + INDENT
        yield from _flowing(columns[1:], cells[1:], indent, width)


def _flowing(columns: Sequence[Column], cells: Sequence[Cell], indent: int, width: int) -> Iterator[Text]:
    """Headings with their values, as many on a line as fit."""
    line = Text()
    for column, cell in zip(columns, cells, strict=True):
        if not (whole := _whole(cell)):
            continue
        pair = Text.assemble((f"{column.title} " if column.title else "", "dim"), (whole, STYLES[cell.tone]))
        if line and indent + line.cell_len + GAP + pair.cell_len > width:
            yield Text(" " * indent).append_text(line)
            line = Text()
        if cell.below or indent + pair.cell_len > width:
            if line:
                yield Text(" " * indent).append_text(line)
                line = Text()
            yield from (Text(" " * indent + piece, STYLES[cell.tone]) for piece in wrapped(pair.plain, width - indent))
            yield from (Text(" " * indent).append_text(below) for below in _below(cell, width - indent))
            continue
        line = line.append(" " * GAP).append_text(pair) if line else pair
    if line:
        yield Text(" " * indent).append_text(line)


def _beside(made: Sequence[Text], wanted: Sequence[int], last: Text) -> Text:
    line = made[0].copy()
    line.append(" " * (sum(wanted) + GAP * len(wanted) - line.cell_len))
    return line.append_text(last)


def _bar(bar: Bar, length: int) -> Text:
    """The last part is what the bar is about: it has at least one character."""
    text = Text()
    for number, (left, right, character, tone) in enumerate(bar.parts, start=1):
        first, last = round(left * length), round(right * length)
        if number == len(bar.parts):
            first = min(first, length - 1)
            last = max(last, first + 1)
        text.append(" " * max(0, first - text.cell_len))
        text.append(character * max(last - max(first, 0), 0), STYLES[tone])
    return text.append(" …") if bar.cut else text
