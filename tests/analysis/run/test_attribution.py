"""The table adds up, hides nothing below nothing, and flags what lies far apart."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.analysis.run.attribution import FLAGGED, ROWS, Attribution, Method, attribution, with_rows
from bench.stats.intervals import Estimate

costs = st.floats(min_value=-20, max_value=500)
columns = st.lists(
    st.dictionaries(st.sampled_from(ROWS), costs, min_size=1).map(
        lambda found: {(row,): Estimate(cost, None, None, 1) for row, cost in found.items()}
    ),
    min_size=1,
    max_size=4,
)


def us(mean: float) -> Estimate:
    return Estimate(mean, mean - 1, mean + 1, 3)


def method(name: str, **rows_us: float) -> Method:
    return Method(name, with_rows({(row,): us(cost) for row, cost in rows_us.items()}), ())


def apart(*methods: Method, whole: float = 100.0) -> Attribution:
    return attribution("a:b", us(whole), methods)


@given(columns, st.floats(min_value=1, max_value=2000))
def test_what_a_column_says_and_what_it_leaves_over_is_the_whole(
    found: list[dict[tuple[str], Estimate]], whole: float
) -> None:
    table = attribution("a:b", us(whole), [Method(str(n), with_rows(rows), ()) for n, rows in enumerate(found)])
    shown = [[cost for cost in (line.costs_us[n] for line in table.lines) if cost] for n in range(len(found))]
    for column, own in zip(table.methods, shown, strict=True):
        assert sum(cost.mean for cost in own) == pytest.approx(column.sum_us)
        left = table.residual_us(column)
        if left is not None:
            assert column.sum_us + left == pytest.approx(whole)


@given(columns)
def test_every_cost_stands_in_the_table_as_it_was_even_below_nothing(found: list[dict[tuple[str], Estimate]]) -> None:
    table = attribution("a:b", us(100), [Method(str(n), with_rows(rows), ()) for n, rows in enumerate(found)])
    for n, rows in enumerate(found):
        assert {line.rows: line.costs_us[n] for line in table.lines if line.costs_us[n]} == rows


@given(st.lists(costs, min_size=2, max_size=4))
def test_the_spread_is_the_distance_of_the_farthest_two_and_is_flagged_beyond_ten_points(values: list[float]) -> None:
    (line,) = apart(*(method(str(n), server=value) for n, value in enumerate(values))).lines
    assert line.points == pytest.approx((max(values) - min(values)) / 100)
    assert line.flagged == (line.points is not None and line.points > FLAGGED)


def test_a_row_of_one_method_alone_has_no_spread() -> None:
    table = apart(method("one", server=40, gc=1), method("other", server=42))
    assert [(line.rows, line.points) for line in table.lines] == [(("server",), pytest.approx(0.02)), (("gc",), None)]


def test_rows_that_one_method_can_t_tell_apart_are_compared_as_a_sum() -> None:
    whole = Method("whole", with_rows({("kernel", "server"): us(55.0), ("handler",): us(45.0)}), ())
    table = apart(whole, method("parts", kernel=20, server=20, handler=60))
    assert [line.rows for line in table.lines] == [("kernel",), ("server",), ("handler",)]
    assert [line.costs_us[0] for line in table.lines[:2]] == [None, None]
    (both,) = table.sums
    assert [cost.mean for cost in both.costs_us if cost] == [55.0, 40.0]
    assert both.points == pytest.approx(0.15)
    assert {line.label for line in table.flagged} == {"handler", "kernel + server"}


def test_who_sees_only_a_part_leaves_nothing_over_that_could_be_told() -> None:
    table = apart(method("all", server=40, handler=58), replace(method("part", handler=50), whole=False))
    assert table.residual_us(table.methods[0]) == pytest.approx(2)
    assert table.residual_us(table.methods[1]) is None


def test_rows_stand_from_the_outside_in() -> None:
    table = apart(method("one", gc=1, handler=2, kernel=3, fastapi=4))
    assert [line.label for line in table.lines] == ["kernel", "fastapi", "handler", "gc"]


def test_a_request_that_costs_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="a:b"):
        apart(method("one", server=1), whole=0)
