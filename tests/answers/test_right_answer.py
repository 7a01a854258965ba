"""An answer is held against what right ones have in common: a wrong status or shape stays wrong."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from bench.answers.app_response import AppResponse
from bench.answers.right_answer import AnswerCheck, right_answer
from bench.model.exchange import Exchange
from bench.model.workload import Comparing


def check(compared: Comparing, *right: AppResponse, varies: tuple[str, ...] = ()) -> AnswerCheck:
    return AnswerCheck(right_answer(right, compared, varies))


def said(document: Any, status: int = 200, media_type: str = "application/json; charset=utf-8") -> AppResponse:
    return AppResponse(status, {"content-type": media_type}, json.dumps(document).encode())


def test_fixed_answers_are_the_same_when_they_say_the_same() -> None:
    fixed = check("bytes", said({"a": 1}))
    packed = AppResponse(200, {"content-encoding": "gzip"}, gzip.compress(b'{"a":1}'))
    assert fixed.mismatch(packed) is None
    assert fixed.mismatch(said({"a": 2})) == "a body of 8 bytes that differs from the expected 8 bytes, at $.a"
    assert fixed.mismatch(said({"a": 1}, 500)) == "status 500, expected 200"
    broken = AppResponse(200, {"content-encoding": "gzip"}, b"plain")
    assert "content-encoding is gzip" in str(fixed.mismatch(broken))


def test_the_content_must_be_the_same_except_where_it_is_declared_to_vary() -> None:
    declared = check("content", said({"id": 1, "n": 1}), varies=("$.id",))
    assert declared.mismatch(said({"id": "anything", "n": 1})) is None
    assert declared.mismatch(said({"id": 1, "n": 2})) == "differs from the expected response at $.n"
    assert declared.mismatch(said({"n": 1})) == "differs from the expected response at $.*"
    assert declared.mismatch(AppResponse(200, {}, b"oops")) == "isn't JSON, as the expected response is"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (said({"id": "c", "at": 3}), None),
        (said({"id": "c", "at": 3}, media_type="application/json"), None),
        (said({"id": "c", "at": 3}, media_type="text/plain"), "content type text/plain, expected application/json"),
        (said({"id": "c", "at": 3}, 404), "status 404, expected 200"),
        (said({"id": "c", "at": None}), "$.at is null, expected number"),
        (said({"detail": "oops"}), "$.at is missing"),
        (AppResponse(200, {"content-type": "application/json"}, b"{"), "isn't JSON, as the expected response is"),
        (AppResponse(200, {"content-type": "application/json"}, b""), "an empty body"),
    ],
)
def test_what_varies_keeps_its_status_type_and_shape(answer: AppResponse, words: str | None) -> None:
    assert check("shape", said({"id": "a", "at": 1}), said({"id": "b", "at": 2.5})).mismatch(answer) == words


def test_a_text_that_varies_keeps_its_status_and_type() -> None:
    text = check("type", AppResponse(200, {"content-type": "text/html"}, b"<p>1</p>"))
    assert text.mismatch(AppResponse(200, {"content-type": "text/html; charset=utf-8"}, b"<p>2</p>")) is None
    assert text.mismatch(AppResponse(200, {"content-type": "text/html"}, b"")) == "an empty body"


def test_a_right_answer_goes_to_other_processes_as_json() -> None:
    right = right_answer([said({"id": 1, "items": [{"n": None}]})], "shape", ())
    exchange = Exchange(method="GET", path="/", headers={}, body=b"", **dict(right))
    assert Exchange.model_validate_json(exchange.model_dump_json()) == exchange
