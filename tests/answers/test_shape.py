"""Values of one shape fit, whatever they are; a key that is missing, another type or an empty list doesn't."""

from __future__ import annotations

from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.answers.shape import merged, misfit, shape_of

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(json_values, min_size=1, max_size=4))
def test_a_shape_fits_all_the_values_that_it_was_made_of(values: list[Any]) -> None:
    shape = reduce(merged, map(shape_of, values))
    assert [misfit(value, shape) for value in values] == [None] * len(values)


@given(json_values, json_values)
def test_the_order_of_what_was_seen_does_not_matter(one: Any, other: Any) -> None:
    forth, back = merged(shape_of(one), shape_of(other)), merged(shape_of(other), shape_of(one))
    assert (misfit(one, back), misfit(other, forth)) == (None, None)


USER = {"id": 1, "name": "Ada", "tags": ["a", "b"], "manager": None}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"id": 2.5, "name": "", "tags": ["c", "d"]}, None),
        ({"id": "1"}, "$.id is string, expected number"),
        ({"id": True}, "$.id is boolean, expected number"),
        ({"manager": 7}, "$.manager is number, expected null"),
        ({"extra": 1}, "$.extra is unexpected"),
        ({"tags": []}, "$.tags has 0 items, expected 2"),
        ({"tags": ["a", 1]}, "$.tags[*] is number, expected string"),
    ],
)
def test_what_does_not_fit_is_named(changed: dict[str, Any], words: str | None) -> None:
    assert misfit(USER | changed, shape_of(USER)) == words


def test_a_missing_key_is_named() -> None:
    assert misfit({"id": 1}, shape_of({"id": 1, "name": "Ada"})) == "$.name is missing"


def test_what_was_seen_to_vary_may_vary_further() -> None:
    seen = merged(shape_of({"n": [1], "by": {"a": 1}, "on": None}), shape_of({"n": [1, 2], "by": {"b": 1}, "on": "x"}))
    assert misfit({"n": [], "by": {"c": "new"}, "on": "y"}, seen) is None
    assert misfit({"n": ["one"], "by": {}, "on": None}, seen) == "$.n[*] is string, expected number"
