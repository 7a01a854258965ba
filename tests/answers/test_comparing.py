"""Several answers of one case show how they can be compared, unless its request declares it."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from bench.answers.app_response import AppResponse
from bench.answers.comparing import DeclarationError, looser, seen
from bench.model.workload import Case, Comparing


def case(compared: Comparing = "bytes", varies: tuple[str, ...] = ()) -> Case:
    return Case(
        target="app",
        request="get",
        over=None,
        adds="an app",
        description="",
        compared=compared,
        varies=varies,
        source_sha256="",
    )


def answers(*documents: Any, media_type: str = "application/json") -> list[AppResponse]:
    return [AppResponse(200, {"content-type": media_type}, json.dumps(one).encode()) for one in documents]


def packed(body: bytes, at: int) -> AppResponse:
    return AppResponse(200, {"content-encoding": "gzip"}, gzip.compress(body, mtime=at))


def test_the_same_bytes_are_compared_as_bytes_whatever_the_headers() -> None:
    tuesday, friday = (
        AppResponse(200, {"date": day, "etag": day, "set-cookie": day}, b"same") for day in ("Tue", "Fri")
    )
    assert seen(case(), [tuesday, friday]) == case()


def test_the_time_in_a_gzip_header_is_no_difference() -> None:
    assert seen(case(), [packed(b"same", 1), packed(b"same", 2)]) == case()


def test_other_bytes_that_say_the_same_are_compared_by_content() -> None:
    longer = AppResponse(200, {"content-encoding": "gzip"}, gzip.compress(b"same", 0))
    for alike in ([packed(b"same", 1), longer], answers({"a": 1, "b": 2}, {"b": 2, "a": 1})):
        assert seen(case(), alike) == case("content")


@pytest.mark.parametrize(
    ("documents", "paths"),
    [
        (({"id": "a", "at": 1}, {"id": "b", "at": 1}), ("$.id",)),
        (({"id": "a", "at": 1}, {"id": "a", "at": 1}, {"id": "a", "at": 2}), ("$.at",)),
        (({"tags": ["x", "y"]}, {"tags": ["y", "x"]}), ("$.tags[*]",)),
        (({"n": 1}, {"n": 10_000}), ("$.n",)),
        (([1], [1, 2]), ("$",)),
    ],
)
def test_what_varies_is_compared_by_shape_and_named(documents: tuple[Any, ...], paths: tuple[str, ...]) -> None:
    assert seen(case(), answers(*documents)) == case("shape", paths)


def test_lines_of_json_have_paths_too() -> None:
    lines = [AppResponse(200, {"content-type": "application/x-ndjson"}, b'{"at":%d}\n{"at":7}\n' % at) for at in (1, 2)]
    assert seen(case(), lines) == case("shape", ("$[*].at",))


def test_of_a_text_that_varies_nothing_can_be_named() -> None:
    texts = [AppResponse(200, {"content-type": "text/html"}, body) for body in (b"<p>1</p>", b"<p>12</p>")]
    assert seen(case(), texts) == seen(case("shape"), texts) == case("type")


def test_declared_paths_are_taken_where_nothing_else_varies() -> None:
    declared = case("content", ("$.id",))
    assert seen(declared, answers({"id": 1, "n": 1}, {"id": 2, "n": 1})) == declared
    with pytest.raises(DeclarationError, match=r"\$\.n also varies; add it to `varies`"):
        seen(declared, answers({"id": 1, "n": 1}, {"id": 2, "n": 2}))


def test_a_declared_path_that_is_not_there_is_an_error() -> None:
    with pytest.raises(DeclarationError, match=r"`varies` names \$\.idd, which the response doesn't have"):
        seen(case("content", ("$.idd",)), answers({"id": 1}, {"id": 1}))


def test_declared_paths_need_json() -> None:
    with pytest.raises(DeclarationError, match="isn't JSON"):
        seen(case("content", ("$.id",)), [AppResponse(200, {}, b"id=1")])


def test_an_answer_that_is_declared_to_vary_is_compared_by_shape_though_it_did_not() -> None:
    assert seen(case("shape"), answers({"id": 1}, {"id": 1})) == case("shape")


def test_two_sides_are_compared_as_the_one_that_varies_more() -> None:
    assert looser(case(), case("shape", ("$.id",))) == case("shape", ("$.id",))
    assert looser(case("shape", ("$.at",)), case("shape", ("$.id",))).varies == ("$.at", "$.id")
