"""What is said, apart from how it looks: a document has sections, a section has blocks.

A document knows nothing of a terminal, of HTML or of Markdown; the renderers know nothing of what documents say. Texts
are plain, and what stands in backticks in them is code (a name, a command).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any, Literal

from markupsafe import Markup

Shown = Literal["everywhere", "page", "brief"]
"""Where a block appears: `page` only in the full page, `brief` only where space is short (terminal, comment)."""
Tone = Literal["", "soft", "good", "part", "warn", "bad", "strong"]
"""How a text stands out: `good` and `bad` are verdicts, `part` is half of one, `warn` needs a look, `soft` matters
less."""


@dataclass(frozen=True)
class Bar:
    """A bar of a terminal: parts of the scale's length, from 0 to 1, each with a character and a tone."""

    parts: tuple[tuple[float, float, str, Tone], ...] = ()
    cut: bool = False


@dataclass(frozen=True)
class Cell:
    """One cell of a table.

    `note` is secondary and follows the text (an interval, say). `sort` is what the column sorts by, when that is not
    the text. `href` is an address in the page or beside it, `hover` a longer explanation. `swatch` is the CSS class of
    a colour to put before the text, `svg` a small picture that the text replaces where nothing can be drawn, and `bar`
    a bar of characters, for terminals only. `below` begins a line of its own, in a column of words.
    """

    text: str = ""
    note: str = ""
    sort: float | str | None = None
    tone: Tone = ""
    href: str = ""
    hover: str = ""
    swatch: str = ""
    svg: Markup | None = None
    bar: Bar | None = None
    below: str = ""


@dataclass(frozen=True)
class Column:
    """A column's heading, and what it holds.

    `words` are texts (left; a page wraps them with `wrap`), all else is numbers (right). `code` are names in code. A
    column of `detail` is for the page only, one of `bars` for the terminal only.
    """

    title: str
    words: bool = False
    wrap: bool = False
    code: bool = False
    detail: bool = False
    bars: bool = False


@dataclass(frozen=True)
class Row:
    """Cells in the order of the columns. `depth` indents the first cell, `anchor` is the address of the row.

    `found_by` is what a page's filter finds it by: its name, then its keywords.
    """

    cells: tuple[Cell, ...]
    anchor: str = ""
    depth: int = 0
    tone: Tone = ""
    found_by: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Block:
    """A part of a section."""

    shown: Shown = "everywhere"


@dataclass(frozen=True)
class Prose(Block):
    """A paragraph."""

    text: str
    tone: Tone = ""


@dataclass(frozen=True)
class Bullets(Block):
    """Sentences, each for itself."""

    items: tuple[str, ...]
    tone: Tone = ""


@dataclass(frozen=True)
class Facts(Block):
    """Terms with what they are."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Code(Block):
    """A command to copy."""

    text: str


@dataclass(frozen=True)
class Table(Block):
    """Rows under columns. Tables sort on a page unless `sortable` is off (their order means something)."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    caption: str = ""
    sortable: bool = True

    def filled(self) -> Table:
        """The same without columns in which no row says anything."""
        said = {index for row in self.rows for index, cell in enumerate(row.cells) if cell.text}
        kept = [index in said for index in range(len(self.columns))]
        rows = (replace(row, cells=tuple(compress(row.cells, kept))) for row in self.rows)
        return replace(self, columns=tuple(compress(self.columns, kept)), rows=tuple(rows))


@dataclass(frozen=True)
class Figure(Block):
    """A picture: `html` is drawn in a page, or `payload` by the page's script (a flame graph).

    `fallback` says the same where nothing can be drawn.
    """

    html: Markup | None = None
    payload: Mapping[str, Any] | None = None
    caption: str = ""
    fallback: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Fold(Block):
    """Blocks behind a click, where there is one."""

    summary: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Finding:
    """One statement with its verdict. `texts` explain it; `cases` are the anchors of what it rests on, by name.

    `found_by` as in Row.
    """

    label: str
    title: str
    tone: Tone = ""
    scope: str = ""
    texts: tuple[str, ...] = ()
    anchor: str = ""
    cases: tuple[tuple[str, str], ...] = ()
    found_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Findings(Block):
    """Statements, each with a verdict. `rest_on` is what their cases are called."""

    items: tuple[Finding, ...]
    rest_on: str = "case"


@dataclass(frozen=True)
class Panel:
    """One of several views of a kind."""

    name: str
    anchor: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Panels(Block):
    """Several of a kind, of which a page shows one at a time; `views` are the ways to look at their flame graphs."""

    label: str
    panels: tuple[Panel, ...]
    chosen: str = ""
    views: tuple[tuple[str, str], ...] = ()
    chosen_view: str = ""


@dataclass(frozen=True)
class Filter(Block):
    """Hides what isn't looked for: rows, entries and whatever else says what it is found by, by words that its name
    has, or by a keyword.

    `names` and `keywords` are the labels of the two questions; `choices` are the keywords to choose from. Only a page
    with its script has it.
    """

    names: str
    keywords: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """One of many of a kind: what a page shows of it before it is opened, and what is behind. `found_by` as in Row."""

    name: str
    anchor: str
    summary: str
    blocks: tuple[Block, ...]
    found_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entries(Block):
    """Many of a kind, below each other, each behind a click where there is one."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Section(Block):
    """Blocks below a heading; a section in a section is a part of it.

    `contents` is its name in a table of contents. With `grid` its parts stand side by side where there is room.
    `found_by` as in Row, of a part.
    """

    title: str
    blocks: tuple[Block, ...]
    anchor: str = ""
    contents: str = ""
    grid: bool = False
    found_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """A result as it is shown.

    `headline` are the sentences that matter most, `subtitle` what they are about (versions, host, date), `notes` what
    has to be known to read the figures. `version` is the harness's, `id` the stored result's. A `filter` is one of the
    whole page.
    """

    title: str
    headline: tuple[str, ...]
    subtitle: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    notes: tuple[str, ...] = ()
    version: str = ""
    id: str = ""
    filter: Filter | None = None


def inside(block: Block) -> tuple[Block, ...]:
    """The blocks that a block holds."""
    match block:
        case Section() | Fold():
            return block.blocks
        case Panels():
            return tuple(one for panel in block.panels for one in panel.blocks)
        case Entries():
            return tuple(one for entry in block.entries for one in entry.blocks)
        case Figure():
            return block.fallback
    return ()


def walk(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """Every block, and every block inside of it."""
    for block in blocks:
        yield block
        yield from walk(inside(block))
