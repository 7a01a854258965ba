"""A document as one page that needs nothing else: no network, no file beside it, and no script to be read.

The page's own policy forbids every request. Its style and script are allowed by their hashes, so nothing that comes
from data could run even if it slipped through the templates' escaping.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from importlib.resources import files

from markupsafe import Markup

from bench.report.document import Block, Cell, Column, Document, Figure, Panels, Section, walk
from bench.report.templates import render


def page(document: Document) -> str:
    """The whole page."""
    sections = [section for section in document.sections if section.shown != "brief" and _said(section)]
    css = _asset("page.css")
    script = _asset("page.js", *(["flame.js"] if any(isinstance(one, Panels) for one in _blocks(sections)) else []))
    return render(
        "page.html",
        document=document,
        sections=sections,
        nothing=Cell(),
        kind=lambda block: type(block).__name__,
        page_columns=_page_columns,
        has_payload=_has_payload,
        css=css,
        script=script,
        policy=_policy(css, script),
    )


def _said(section: Section) -> bool:
    return any(block.shown != "brief" for block in section.blocks)


def _blocks(sections: Sequence[Section]) -> Iterator[Block]:
    return walk(tuple(sections))


def _page_columns(columns: Sequence[Column]) -> list[tuple[int, Column]]:
    return [(at, column) for at, column in enumerate(columns) if not column.bars]


def _has_payload(panels: Panels) -> bool:
    return any(isinstance(block, Figure) and block.payload is not None for block in walk((panels,)))


def _policy(css: str, script: str) -> str:
    """Nothing may be fetched, and nothing may run or style but what these hashes allow."""

    def allowed(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    only = f"style-src {allowed(css)}; script-src {allowed(script)}"
    return f"default-src 'none'; {only}; base-uri 'none'; form-action 'none'"


def _asset(*names: str) -> Markup:
    """The page's own style or script: it holds no data, and goes in as it stands."""
    folder = files("bench.report.renderers") / "templates"
    return Markup("".join((folder / name).read_text("utf-8") for name in names))  # noqa: S704 - our own files
