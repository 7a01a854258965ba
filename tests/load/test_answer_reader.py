"""What a repeated request's answers are held against: as much of each as costs the client little."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from bench.answers.shape import shape_of
from bench.load.answer_reader import AnswerReader, AnswerSampling, FixedBody, SampledBody, compared_under_load
from bench.load.large_body import LargeBody
from bench.model.exchange import RightAnswer

MANY = bytes(range(256)) * 4_000
CHUNK = 65_536
OK = 200


class Clock:
    """Goes on by `step_s` whenever it is looked at."""

    def __init__(self, step_s: float) -> None:
        self.now_s, self.step_s = 0.0, step_s

    def __call__(self) -> float:
        self.now_s += self.step_s
        return self.now_s


def read(reader: AnswerReader, body: bytes, status: int = OK) -> str | None:
    reader.begin()
    for start in range(0, len(body), CHUNK):
        reader.on_body(body[start : start + CHUNK])
    return reader.failure(status)


def varying(document: Any, **more: Any) -> RightAnswer:
    answer = json.dumps(document).encode()
    shape = shape_of(document)
    return RightAnswer(status=OK, answer=answer, content_type="a/json", compared="shape", shape=shape, **more)


def test_without_a_right_answer_a_status_below_400_is_right() -> None:
    assert [read(AnswerReader(), b"any", status) for status in (200, 302, 404)] == [None, None, "status_404"]


def test_every_byte_of_a_small_body_is_compared_every_time() -> None:
    reader = FixedBody(RightAnswer(status=404, answer=b"missing"))
    assert read(reader, b"missing", 404) is None
    assert reader.verified
    assert [read(reader, body, 404) for body in (b"massing", b"missin", b"missing!")] == ["wrong_body"] * 3
    assert read(reader, b"missing") == "status_200"
    assert not reader.verified


def test_the_time_in_a_gzip_header_is_not_compared() -> None:
    reader = FixedBody(RightAnswer(status=OK, answer=gzip.compress(b"same", mtime=1), content_encoding="gzip"))
    assert read(reader, gzip.compress(b"same", mtime=2)) is None
    assert read(reader, gzip.compress(b"sand", mtime=1)) == "wrong_body"


def test_of_a_large_body_the_length_is_compared_always_and_every_byte_in_turn() -> None:
    reader = FixedBody(RightAnswer(status=OK, answer=MANY))
    assert [read(reader, MANY + b"!"), read(reader, MANY[:-1]), read(reader, MANY)] == [
        "wrong_body",
        "wrong_body",
        None,
    ]
    for wrong_at in (0, 300_000, len(MANY) - 1):
        wrong = bytearray(MANY)
        wrong[wrong_at] ^= 1
        assert [read(reader, bytes(wrong)) for _ in range(16)].count("wrong_body") >= 1
    assert reader.verified


class Kernel:
    """Gives so much of a body at a time, and remembers how much of it was copied."""

    def __init__(self, body: bytes) -> None:
        self.body, self.at, self.copied = body, 0, 0

    def __call__(self, buffer: memoryview, most: int, flags: int = 0) -> int:
        received = self.body[self.at : self.at + min(most, 40_000)]
        self.at += len(received)
        if not flags:
            buffer[: len(received)] = received
            self.copied += len(received)
        return len(received)


def count(reader: LargeBody, body: bytes, announced: int) -> Kernel:
    reader.begin()
    reader.on_header(b"Content-Length", b"%d" % announced)
    reader.on_body(body[:100])
    kernel = Kernel(body[100:])
    while reader.rest:
        reader.receive(kernel, memoryview(bytearray(CHUNK)))
    return kernel


def test_most_of_a_large_body_is_never_copied_and_the_parts_in_turn_cover_it() -> None:
    reader = LargeBody(RightAnswer(status=OK, answer=MANY))
    copied, failures = [], []
    for _ in range(16):
        copied.append(count(reader, MANY, len(MANY)).copied)
        failures.append(reader.failure(OK))
    assert failures == [None] * 16
    assert max(copied) <= len(MANY) / 15
    assert sum(copied) >= len(MANY) - 100
    wrong = bytearray(MANY)
    wrong[500_000] ^= 1
    failures = []
    for _ in range(16):
        count(reader, bytes(wrong), len(MANY))
        failures.append(reader.failure(OK))
    found = failures.index("wrong_body")
    assert set(failures[found:]) == {"wrong_body"}  # the part in which it was found is looked at again


def test_a_large_body_of_another_length_is_left_to_the_parser() -> None:
    reader = LargeBody(RightAnswer(status=OK, answer=MANY))
    assert count(reader, MANY[:-1], len(MANY) - 1).at == 0
    assert reader.rest == 0


def test_samples_of_what_varies_are_compared_and_the_others_are_not() -> None:
    sampling = AnswerSampling(varying({"id": "a"}), Clock(0.001))
    reader = SampledBody(sampling)
    seen = []
    for _ in range(400):
        reader.begin()
        reader.on_header(b"Content-Type", b"a/json")
        reader.on_body(b'{"id":"other"}')
        seen.append((reader.failure(OK), reader.verified))
    assert {failure for failure, _ in seen} == {None}
    assert 3 <= sum(verified for _, verified in seen) <= 8


@pytest.mark.parametrize(
    ("body", "headers", "status", "failure"),
    [
        (b'{"id":1}', {"content-type": "a/json"}, OK, "wrong_body"),
        (b'{"id":"b"}', {"content-type": "text/html"}, OK, "wrong_body"),
        (b'{"id":"b"}', {"content-type": "a/json"}, 503, "status_503"),
        (gzip.compress(b'{"id":"b"}', mtime=0), {"content-type": "a/json", "content-encoding": "gzip"}, OK, None),
    ],
)
def test_a_sample_of_another_shape_type_or_status_is_wrong(
    body: bytes, headers: dict[str, str], status: int, failure: str | None
) -> None:
    reader = SampledBody(AnswerSampling(varying({"id": "a"})))
    for name, value in headers.items():
        reader.on_header(name.encode(), value.encode())
    reader.on_body(body)
    assert reader.failure(status) == failure


def test_what_would_take_long_to_read_is_compared_by_its_type_alone() -> None:
    right = varying({"id": "a" * 1_000_000})
    assert compared_under_load(right) == "type"
    reader = SampledBody(AnswerSampling(right))
    reader.on_header(b"content-type", b"a/json")
    reader.on_body(b"no JSON")
    assert reader.failure(OK) is None
    assert reader.verified
    assert compared_under_load(varying({"id": "a"})) == "shape"
    assert compared_under_load(RightAnswer(status=OK, answer=MANY)) == "parts"
    assert compared_under_load(RightAnswer(status=OK, answer=b"small")) == "bytes"


@pytest.mark.parametrize(("raises", "status", "last"), [(True, 500, True), (False, 500, False), (False, 502, True)])
def test_the_connection_ends_with_an_error_that_an_app_raised(raises: bool, status: int, last: bool) -> None:
    reader = FixedBody(RightAnswer(status=500, answer=b"", raises=raises))
    assert reader.last(status) is last
