"""Ids are found in the answers of other routes, wherever their lists have them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.audit.learned import Learned, ids
from bench.model.app import Route

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda held: st.lists(held, max_size=3) | st.dictionaries(st.sampled_from(["id", "items", "a"]), held, max_size=3),
)


@pytest.mark.parametrize(
    ("document", "name", "found"),
    [
        ([{"id": 5}, {"id": 6}, {"id": 7}], "user_id", ["5", "6"]),
        ({"items": [{"uuid": "a-b"}], "total": 1}, "id", ["a-b"]),
        ({"links": [], "tileMatrixSets": [{"id": "WebMercatorQuad"}]}, "tileMatrixSetId", ["WebMercatorQuad"]),
        ([{"id": 1, "user_id": 9}], "user_id", ["9"]),
        ([{"id": 1, "userId": 9}], "user_id", ["9"]),
        ([{"id": 1, "name": "ada"}], "name", ["ada"]),
        ([{"slug": "first-post"}], "post_slug", ["first-post"]),
        (["hillshade", "slope"], "algorithm_id", ["hillshade", "slope"]),
        ({"foo": {"x": 1}, "bar": {"x": 2}}, "item_id", ["foo", "bar"]),
        ({"id": 8, "tags": ["a"]}, "user_id", ["8"]),
        ([{"id": True}, {"id": ""}, {"id": "a\nb"}, {"id": [1]}], "id", []),
        ("text", "id", []),
        (None, "id", []),
    ],
)
def test_an_answer_holds_ids(document: Any, name: str, found: list[str]) -> None:
    assert list(ids(document, name)) == found


@given(document=JSON)
def test_any_answer_may_come(document: Any) -> None:
    assert all(value and value.isprintable() for value in ids(document, "user_id"))


def seen(*answers: tuple[str, str, tuple[str, ...], Any]) -> Learned:
    learned = Learned()
    for method, path, values, document in answers:
        learned.saw(Route(kind="http", method=method, path=path), values, document)
    return learned


def test_a_list_below_another_keeps_the_ids_that_it_was_asked_with() -> None:
    learned = seen(("GET", "/users", (), [{"id": 1}]), ("GET", "/users/{user_id:int}/posts", ("1",), [{"post_id": 7}]))
    assert next(learned.values("/users/{uid}/posts/{post_id}")) == (
        ("1", "7"),
        "an id of GET /users/{user_id:int}/posts",
    )
    assert next(learned.values("/users/{uid}/photos/{photo_id}"))[0] == ("1",)


def test_what_was_created_is_deleted_and_not_read() -> None:
    learned = seen(("POST", "/users", (), {"id": "new"}), ("GET", "/users", (), [{"id": "old"}]))
    assert next(learned.values("/users/{id}"))[0] == ("old",)
    assert next(learned.values("/users/{id}", created=True))[0] == ("new",)


def test_other_answers_help_by_the_very_name_of_the_parameter() -> None:
    learned = seen(("GET", "/orders", (), [{"id": 3, "customer_id": 44, "n": 5}]))
    assert next(learned.values("/customers/{customer_id}"))[0] == ("44",)
    assert list(learned.values("/things/{n}")) == []
    assert list(learned.values("/things")) == []


def test_a_link_says_which_values_a_path_has() -> None:
    learned = Learned()
    learned.linked(Route(kind="http", method="GET", path="/admin/{key}/list"), ("user",), "GET /admin")
    assert next(learned.values("/admin/{identity}/create")) == (("user",), "an id of GET /admin")
    assert list(learned.values("/admins/{identity}")) == []
