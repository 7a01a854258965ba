"""A word that names nothing is answered with what is near it, and never with a page of names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.text.suggest import nearest

NAMES = st.lists(st.text(st.characters(codec="ascii", categories=("L",)), min_size=1, max_size=20), max_size=60)


@pytest.mark.parametrize(
    ("word", "known", "said"),
    [
        ("fastapi_pain", ("raw_asgi", "fastapi_plain", "fastapi_dict"), "did you mean fastapi_plain"),
        ("lastest", ("20261127T150115Z-default-12cda0dc", "latest"), "did you mean latest?"),
        ("zzz", ("hot", "steady"), "available: hot, steady"),
        ("zzz", (), "available: none"),
        ("zzz", map(str, range(100)), "none of the 100 known names is similar"),
    ],
)
def test_what_is_near_is_named_or_else_what_there_is_if_it_is_little(word: str, known: tuple[str], said: str) -> None:
    assert nearest(word, known).startswith(said)


@given(known=NAMES, typo=st.data())
def test_a_name_with_one_letter_missing_is_found_again(known: list[str], typo: st.DataObject) -> None:
    long = [name for name in known if len(name) > 3]
    if not long:
        return
    name = typo.draw(st.sampled_from(long))
    at = typo.draw(st.integers(0, len(name) - 1))
    assert nearest(name[:at] + name[at + 1 :], [name]) == f"did you mean {name}?"


@given(word=st.text(max_size=30), known=NAMES)
def test_whatever_is_asked_the_answer_stays_on_a_line(word: str, known: list[str]) -> None:
    assert len(nearest(word, known)) < 300
    assert nearest(word, known) == nearest(word, known + known)
