"""Tables on a terminal of any width: every digit is there, and nothing sticks out."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from bench.report.document import Bar, Cell, Column, Row, Table
from bench.report.renderers.terminal_table import lines, wrapped

numbers = st.builds(
    Cell,
    text=st.integers(0, 10**6).map("{:,}".format),
    note=st.sampled_from(["", "± 0.3", "± 12"]),
)
words = st.builds(
    Cell, text=st.sampled_from(["", "fastapi_response_model:rows1000", "raw_asgi", "two blocks left out: disturbed"])
)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    columns = draw(st.lists(st.booleans(), min_size=1, max_size=7))
    heads = tuple(Column("case" if is_words else "CPU µs", words=is_words) for is_words in [True, *columns])
    row = st.tuples(words, *(words if is_words else numbers for is_words in columns))
    rows = draw(st.lists(row, min_size=1, max_size=4))
    return Table(heads, tuple(Row(cells, depth=index % 2) for index, cells in enumerate(rows)))


def table(*rows: tuple[Cell, ...], columns: tuple[Column, ...]) -> Table:
    return Table(columns, tuple(map(Row, rows)))


@given(found=tables(), width=st.integers(40, 200))
def test_no_digit_and_no_word_is_lost_at_any_width(found: Table, width: int) -> None:
    made = [line.plain for line in lines(found, width)]
    out = "".join(re.sub(r"\s", "", line) for line in made)
    for row in found.rows:
        for cell in row.cells:
            for word in (cell.text + " " + cell.note).split():
                assert all(piece in out for piece in re.split(r"(?<=[_:/.])", word))
    assert max(map(len, made)) <= width


@given(text=st.text(alphabet="ab _:.", max_size=60), width=st.integers(10, 40))
def test_a_wrapped_text_keeps_every_character(text: str, width: int) -> None:
    assert "".join("".join(wrapped(text, width)).split()) == "".join(text.split())


def test_columns_of_numbers_are_right_and_intervals_stand_below_each_other() -> None:
    found = table(
        (Cell("a"), Cell("1.20", "± 0.03")),
        (Cell("bb"), Cell("1,802", "± 48")),
        columns=(Column("case", words=True), Column("CPU µs")),
    )
    assert [line.plain for line in lines(found, 80)] == [
        "case        CPU µs",
        "a      1.20 ± 0.03",
        "bb    1,802   ± 48",
    ]


def test_what_does_not_fit_side_by_side_is_stacked_with_its_headings() -> None:
    found = table(
        (Cell("fastapi_plain:plain"), Cell("9,369"), Cell("1.62"), Cell("")),
        columns=(Column("case", words=True), Column("requests/s"), Column("p50 ms"), Column("longest ms")),
    )
    assert [line.plain for line in lines(found, 40)] == ["fastapi_plain:plain", "  requests/s 9,369  p50 ms 1.62"]


def test_a_bar_takes_what_room_is_left_and_goes_where_there_is_none() -> None:
    bar = Cell(bar=Bar(((0.0, 0.5, "░", "soft"), (0.5, 1.0, "█", "part")), cut=True))
    found = table(
        (Cell("a"), Cell("1.20"), bar),
        columns=(Column("case", words=True), Column("µs"), Column("0 to 3 µs", bars=True)),
    )
    head, row = (line.plain for line in lines(found, 60))
    assert head.endswith("0 to 3 µs")
    assert row.endswith("░" * 18 + "█" * 18 + " …")
    assert all("█" not in line.plain for line in lines(found, 20))


def test_columns_for_the_page_alone_are_left_out() -> None:
    found = table((Cell("a"), Cell("42")), columns=(Column("case", words=True), Column("user", detail=True)))
    assert [line.plain for line in lines(found, 80)] == ["case", "a"]
