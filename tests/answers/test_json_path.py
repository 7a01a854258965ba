"""Where two values differ has a path, and a path says which values are left out."""

from __future__ import annotations

from typing import Any

import pytest

from bench.answers.json_path import differing, leads_somewhere, steps, without


@pytest.mark.parametrize(
    ("one", "other", "paths"),
    [
        ({"id": 1, "at": 2, "n": 3}, {"id": 2, "at": 3, "n": 3}, {"$.id", "$.at"}),
        ({"items": [{"at": 1}, {"at": 2}]}, {"items": [{"at": 1}, {"at": 3}]}, {"$.items[*].at"}),
        ({"items": [1]}, {"items": [1, 2]}, {"$.items"}),
        ({"by": {"a1": 1}}, {"by": {"b2": 1}}, {"$.by.*"}),
        ({"a key": 1}, {"a key": 2}, {"$['a key']"}),
        ([[1], [2]], [[1], [3]], {"$[*][*]"}),
        (1, 1.0, {"$"}),
        ({"a": 1}, {"a": True}, {"$.a"}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, set()),
        (float("nan"), float("nan"), set()),
    ],
)
def test_the_deepest_paths_that_differ_are_named(one: Any, other: Any, paths: set[str]) -> None:
    assert set(differing(one, other)) == paths


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("$.id", {"id": None, "items": [{"at": 1, "n": 1}]}),
        ("$.items[*].at", {"id": 7, "items": [{"at": None, "n": 1}]}),
        ("$.items[*].*", {"id": 7, "items": [{"at": None, "n": None}]}),
        ("$['items']", {"id": 7, "items": None}),
        ("$", None),
    ],
)
def test_what_stands_at_a_path_is_left_out(path: str, left: Any) -> None:
    value = {"id": 7, "items": [{"at": 1, "n": 1}]}
    assert without(value, [path]) == left
    assert leads_somewhere(value, path)


def test_a_path_may_lead_nowhere() -> None:
    assert not leads_somewhere({"items": []}, "$.items[*].at")
    assert not leads_somewhere({"id": 1}, "$.idd")


@pytest.mark.parametrize("path", ["id", "$id", "$.", "$..id", "$.items[0]", "$[?(@.a)]", ""])
def test_what_is_no_path_is_refused_with_an_example(path: str) -> None:
    with pytest.raises(ValueError, match=r"isn't a path; write e\.g\. '\$\.id'"):
        steps(path)
