"""One document, three renderers: the same blocks in each, and what comes from data is text in all of them."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from bench.report.document import (
    Block,
    Bullets,
    Cell,
    Code,
    Column,
    Document,
    Entries,
    Entry,
    Facts,
    Figure,
    Finding,
    Findings,
    Fold,
    Panel,
    Panels,
    Prose,
    Row,
    Section,
    Table,
    walk,
)
from bench.report.renderers.html import page
from bench.report.renderers.markdown import markdown
from bench.report.renderers.terminal import print_document

NASTY = "</script><b onclick=alert(1)>x</b> | @all\n# head {{ 7 * 7 }}"
TABLE = Table((Column("case", words=True, code=True), Column("µs")), (Row((Cell("cell-of-table"), Cell("42"))),))
BLOCKS: dict[str, tuple[Block, str]] = {
    "prose": (Prose("in prose"), "in prose"),
    "bullets": (Bullets(("in a bullet",)), "in a bullet"),
    "facts": (Facts((("term", "in a fact"),)), "in a fact"),
    "code": (Code("bench run"), "bench run"),
    "table": (TABLE, "cell-of-table"),
    "fold": (Fold("more", (Prose("in a fold"),)), "in a fold"),
    "findings": (Findings((Finding("holds", "in a finding", "good"),)), "in a finding"),
    "panels": (Panels("Case", (Panel("a", "panel-a", (Prose("in a panel"),)),)), "in a panel"),
    "entries": (Entries((Entry("GET /", "entry", "12 µs", (Prose("in an entry"),)),)), "in an entry"),
    "section": (Section("Part", (Prose("in a part"),), "part"), "in a part"),
}


def document(*blocks: Block) -> Document:
    return Document("Title", ("Verdict.", "More."), ("host",), (Section("Section", blocks, "one"),), ("Note.",), "1.0")


def printed(found: Document) -> str:
    out = io.StringIO()
    print_document(Console(file=out, width=100, highlight=False, markup=False, emoji=False), found)
    return out.getvalue()


@pytest.mark.parametrize("kind", BLOCKS)
def test_every_kind_of_block_is_shown_by_every_renderer(kind: str) -> None:
    block, text = BLOCKS[kind]
    found = document(block)
    assert all(text in shown for shown in (printed(found), page(found), markdown(found)))


def test_every_renderer_begins_with_the_verdict_and_has_the_notes() -> None:
    found = document(TABLE)
    assert markdown(found).startswith("**Verdict.**")
    for shown in (printed(found), page(found), markdown(found)):
        assert shown.index("Verdict.") < shown.index("More.") < shown.index("cell-of-table")
        assert "Note." in shown


@pytest.mark.parametrize("kind", BLOCKS)
def test_details_are_for_the_page_and_short_forms_for_the_others(kind: str) -> None:
    block, text = BLOCKS[kind]
    detail, brief = document(_shown(block, "page")), document(_shown(block, "brief"), Prose("else"))
    assert text in page(detail)
    assert text not in printed(detail) + markdown(detail)
    assert text not in page(brief)
    assert text in printed(brief)
    assert text in markdown(brief)


def _shown(block: Block, where: str) -> Block:
    return type(block)(**{**vars(block), "shown": where})


def test_a_section_without_anything_to_say_has_no_heading() -> None:
    found = document(Prose("detail", shown="page"))
    assert "Section" not in printed(found) + markdown(found)
    assert ">Section<" not in page(document(Prose("short", shown="brief")))


def test_a_picture_has_a_table_where_nothing_can_be_drawn() -> None:
    found = document(Figure(payload={"views": []}, caption="Width is time.", fallback=(TABLE,)))
    assert "cell-of-table" in printed(found)
    assert "cell-of-table" in markdown(found)
    assert "cell-of-table" not in page(found)
    assert "Width is time." in page(found)


def test_what_comes_from_data_is_text_everywhere() -> None:
    cell = Cell(NASTY, NASTY, hover=NASTY, tone="bad", href=f"#{NASTY}")
    found = document(
        Prose(NASTY),
        Table((Column(NASTY, words=True),), (Row((cell,)),), NASTY),
        Facts(((NASTY, NASTY),)),
        Findings((Finding(NASTY, NASTY, texts=(NASTY,)),)),
        Figure(payload={"frame": NASTY}),
    )
    html = page(found)
    assert "<b onclick" not in html
    assert html.count("</script>") == html.count("<script")
    text = markdown(found)
    assert "<b" not in text
    assert "@all" not in text
    assert "\n# head" not in text


def test_every_block_of_a_document_is_found() -> None:
    found = document(*(block for block, _ in BLOCKS.values()))
    assert {type(block) for block, _ in BLOCKS.values()} <= {type(block) for block in walk(found.sections)}
