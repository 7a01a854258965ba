"""`${NAME}` is a variable, and only where it was meant."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.text.variables import VariableError, expanded, literal, names


@given(text=st.text(st.sampled_from("$${}AB1_ ")))
def test_words_of_others_stand_for_themselves(text: str) -> None:
    assert names(literal(text)) == []
    assert expanded(literal(text), {}) == text


def test_a_variable_has_its_value_once() -> None:
    assert expanded("Bearer ${TOKEN}, $${TOKEN}", {"TOKEN": "${TOKEN}"}) == "Bearer ${TOKEN}, ${TOKEN}"
    assert names("${A}/${B}?$${C}") == ["A", "B"]


def test_a_value_is_written_as_its_place_needs_it() -> None:
    assert expanded("/users/${ID}", {"ID": "a/b c"}, lambda value: quote(value, safe="")) == "/users/a%2Fb%20c"


def test_what_is_not_set_is_an_error_that_says_how() -> None:
    with pytest.raises(VariableError, match=r"^\$\{TOKEN\} is not set; export TOKEN, .* --env-file$"):
        expanded("Bearer ${TOKEN}", {})
