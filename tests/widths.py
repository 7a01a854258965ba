"""What a terminal of any width must show of a document: every word that is not for the page alone."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from rich.console import Console

from bench.report.document import Block, Bullets, Document, Facts, Findings, Prose, Table, inside
from bench.report.renderers.terminal import print_document

WIDTHS = (40, 60, 80, 100, 200)
_CUT_BAR = re.compile(r"(?<=[░▒█]) …")
"""The end of a bar that is longer than its scale."""
_JOINT = re.compile(r"(?<=[_:/.])")


def printed(document: Document, width: int) -> str:
    """The document on a terminal of that width, without spaces at the ends of lines."""
    text = io.StringIO()
    print_document(Console(file=text, width=width, highlight=False, markup=False, emoji=False), document)
    return "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())


def assert_whole(document: Document) -> None:
    """At every width each word of each cell stands in the output, long names maybe broken after a joint."""
    texts = [document.title, *document.subtitle, *document.headline, *document.notes, *_texts(document.sections)]
    words = sorted({word for text in texts for word in text.replace("`", "").split()})
    for width in WIDTHS:
        out = printed(document, width)
        missing = [word for word in words if word not in out and not _broken(word, out, width)]
        assert not missing, f"at {width} columns: {missing[:10]}"
        assert _CUT_BAR.sub("", out).count("…") == sum(text.count("…") for text in texts), f"at {width} columns"
        assert max(len(line) for line in out.splitlines()) <= width


def _broken(word: str, out: str, width: int) -> bool:
    """Whether a long name stands there piece by piece, or one too long for its line goes on in the next."""
    if len(word) > width - 4 and word in re.sub(r"\n *", "", out):
        return True
    return len(word) > 12 and all(piece in out for piece in _JOINT.split(word))


def _texts(blocks: tuple[Block, ...]) -> Iterator[str]:
    for block in blocks:
        if block.shown != "page":
            yield from _own(block)
            yield from _texts(inside(block))


def _own(block: Block) -> Iterator[str]:
    match block:
        case Table():
            shown = [at for at, column in enumerate(block.columns) if not column.detail and not column.bars]
            cells = (row.cells[at] for row in block.rows for at in shown if at < len(row.cells))
            yield from (f"{cell.text} {cell.note} {cell.below}" for cell in cells)
        case Prose():
            yield block.text
        case Bullets():
            yield from block.items
        case Facts():
            yield from (f"{term} {text}" for term, text in block.pairs)
        case Findings():
            yield from (f"{one.label} {one.title} {one.scope}" for one in block.items)
