"""A comment is never longer than GitHub takes, whatever there is to say, and is cut where that harms nothing."""

from __future__ import annotations

import re

import pytest
from comparisons import comparison, counted, measured
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.analysis.comparison import verdicts as analysis
from bench.model.comparison import AnswerMismatch, Comparison
from bench.report.document import Block, Bullets, Cell, Code, Column, Document, Facts, Fold, Prose, Row, Section, Table
from bench.report.documents.comparison import document
from bench.report.renderers.markdown import markdown

GITHUB_MOST = 65_536
LONG = "/items/`{id}`|<b>*🌈" * 40

TEXTS = st.builds(
    lambda text, times: text * times,
    st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(["&", "🌈", "a`b", "|", "x\r\ny"]),
    st.sampled_from([1, 3, 400]),
)
TIMES = st.sampled_from([1, 2, 120])


def repeated(block: Block, times: int) -> Block:
    return Fold("many", (block,) * min(times, 3))


BLOCKS = st.recursive(
    st.builds(Prose, TEXTS)
    | st.builds(Code, TEXTS)
    | st.builds(lambda text, times: Bullets((text,) * times), TEXTS, TIMES)
    | st.builds(lambda term, text, times: Facts(((term, text),) * times), TEXTS, TEXTS, TIMES)
    | st.builds(
        lambda head, cell, times: Table(
            (Column(head, words=True, code=True), Column("b", words=True)),
            (Row((Cell(cell, cell), Cell(cell, below=cell))),) * times,
        ),
        TEXTS,
        TEXTS,
        TIMES,
    ),
    lambda held: (
        st.builds(repeated, held, TIMES) | st.builds(lambda title, one: Section(title, (one,) * 3), TEXTS, held)
    ),
    max_leaves=3,
)
DOCUMENTS = st.builds(
    lambda title, headline, sections, notes: Document(
        title, headline, sections=tuple(Section("Part", (block,)) for block in sections), notes=notes, version="1.0"
    ),
    TEXTS,
    st.lists(TEXTS, max_size=4).map(tuple),
    st.lists(BLOCKS, max_size=5),
    st.lists(TEXTS, max_size=4).map(tuple),
)


def assert_sound(text: str) -> None:
    """Short enough by any way to count, every fold closed, every row as wide as its head, every code span whole."""
    assert len(text.encode()) <= GITHUB_MOST
    assert text.count("<details>") == text.count("</details>")
    width = None
    for line in text.split("\n"):
        assert line.count("`") % 2 == 0
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else None
        assert width is None or cells is None or cells == width
        width = cells


@settings(max_examples=15, deadline=None)
@given(DOCUMENTS)
def test_no_document_is_longer_than_github_takes_or_cut_within_a_row_a_span_or_a_fold(found: Document) -> None:
    assert_sound(markdown(found))


def of_routes(number: int, ratio: float, disagreements: int = 0, name: str = "GET /routes/{number}") -> Comparison:
    """So many routes, of which three have samples: the others repeat their results."""
    seen = [*measured("a", ratio, {"pilot": 12, "confirmation": 12}), counted("a", ratio)]
    one = comparison("a").model_copy(update={"samples": tuple(seen), "complete": True})
    made = analysis.results(one)
    names = [name.format(number=at) for at in range(number)]
    return one.model_copy(
        update={
            "cases": tuple(one.cases[0].model_copy(update={"target": "m:app", "request": each}) for each in names),
            "samples": (),
            "results": tuple(result.model_copy(update={"case": each}) for each in names for result in made),
            "disagreements": tuple(
                AnswerMismatch(case=f"GET /{at}{LONG}", base=LONG, head=LONG, broken="head")
                for at in range(disagreements)
            ),
        }
    )


def test_500_routes_that_changed_are_shown_as_far_as_they_fit_and_the_others_counted() -> None:
    text = markdown(
        document(
            of_routes(
                500,
                1.2,
                name="GET /services/orders/{number}/of/a/customer/with/a/name/that/is/long/enough/for/a/sentence",
            )
        )
    )
    assert_sound(text)
    assert text.startswith("**SLOWER: 500 of 500 routes")
    shown = len(re.findall("^\\| `GET /services", text, re.MULTILINE))
    (left,) = re.findall("^… and (\\d+) more, see the page", text, re.MULTILINE)
    assert shown + int(left) == 500
    assert shown > 300


def test_500_unchanged_routes_are_folded_and_the_verdict_stands_first() -> None:
    text = markdown(document(of_routes(500, 1.0)))
    assert_sound(text)
    assert text.startswith("**No route is slower")
    assert "<details><summary>500 unchanged" in text


@pytest.mark.parametrize("name", ["GET /{number}", "GET /{number}" + "/very" * 200])
def test_neither_long_names_nor_long_answers_crowd_out_what_else_is_to_be_said(name: str) -> None:
    text = markdown(document(of_routes(500, 1.3, disagreements=200, name=name)))
    assert_sound(text)
    assert text.startswith("**BROKEN: HEAD fails")
    assert "### Different responses" in text
    assert "### Changed" in text
    assert "99% intervals over up to" in text
