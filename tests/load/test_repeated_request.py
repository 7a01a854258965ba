"""A request that is repeated: large answers, answers that vary, and those that end their connection."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from faulty import BODY, RIGHT, FaultyServer, Respond

from bench.answers.shape import shape_of
from bench.load.locust_process import drive
from bench.load.messages import LoadSpec, Outcome

Run = Callable[..., Outcome]

LARGE = bytes(range(256)) * 20_000


@pytest.fixture
def run(serve: Callable[[Respond], FaultyServer], order: LoadSpec, hot: Path) -> Run:
    def run(respond: Respond, **right: Any) -> Outcome:
        exchange = order.exchange.model_copy(update=right)
        changed = order.model_copy(update={"exchange": exchange, "timeout_s": 2.0})
        return drive(changed, hot, port=serve(respond).port, users=2)

    return run


def sending(*bodies: bytes, head: bytes = b"HTTP/1.1 200 OK", keep: bool = True) -> Respond:
    """Each in its turn."""
    turns = itertools.cycle(bodies)

    def respond(connection: socket.socket, _: int, __: bytes) -> bool:
        body = next(turns)
        connection.sendall(
            head + b"\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body
        )
        return keep

    return respond


def test_a_large_answer_is_counted_whole_and_compared_in_parts(run: Run) -> None:
    seen = run(sending(LARGE), answer=LARGE)
    assert seen.errors == {}
    assert seen.verified == seen.requests > 16


def test_a_large_answer_that_is_wrong_or_too_short_is_found(run: Run) -> None:
    assert run(sending(LARGE[:-1]), answer=LARGE).requests == 0
    wrong = bytearray(LARGE)
    wrong[2_000_000] ^= 1
    assert run(sending(bytes(wrong)), answer=LARGE).errors["wrong_body"] > 0


def test_a_large_answer_in_chunks_is_parsed(run: Run) -> None:
    chunked = b"%x\r\n" % len(LARGE) + LARGE + b"\r\n0\r\n\r\n"

    def respond(connection: socket.socket, _: int, __: bytes) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + chunked)
        return True

    seen = run(respond, answer=LARGE)
    assert seen.errors == {}
    assert seen.verified == seen.requests > 0


VARIES = {"answer": b'{"id":"a"}', "content_type": "application/json", "compared": "shape", "varies": ("$.id",)}


def test_of_an_answer_that_varies_samples_are_compared(run: Run) -> None:
    shape = shape_of({"id": "a"})
    seen = run(sending(b'{"id":"b"}', b'{"id":"longer"}'), shape=shape, **VARIES)
    assert seen.errors == {}
    assert 0 < seen.verified < seen.requests
    wrong = run(sending(b'{"id":"b"}', b'{"detail":"oops"}', b'{"id":7}'), shape=shape, **VARIES)
    assert wrong.errors.keys() == {"wrong_body"}


def test_an_expected_error_after_which_the_server_closes_the_connection_is_an_answer(run: Run) -> None:
    seen = run(sending(b"oops", head=b"HTTP/1.1 500 Oh", keep=False), answer=b"oops", status=500, raises=True)
    assert seen.errors == {}
    assert seen.verified == seen.requests > 0
    assert seen.reconnects >= seen.requests - 2


@pytest.mark.parametrize("_again", range(3))
def test_nothing_is_sent_by_a_user_that_connects_while_the_load_ends(run: Run, _again: int) -> None:
    asked: list[int] = []

    def respond(connection: socket.socket, number: int, _: bytes) -> bool:
        asked.append(number)
        connection.sendall(RIGHT.replace(b"200 OK\r\n", b"200 OK\r\nconnection: close\r\n"))
        return False

    seen = run(respond, answer=BODY)
    assert seen.errors == {}
    assert seen.client_requests == len(asked)


def test_an_error_that_nobody_expects_is_counted_once_though_the_server_closes_the_connection(run: Run) -> None:
    def respond(connection: socket.socket, number: int, request: bytes) -> bool:
        fails = number % 5 == 4
        return sending(b"fine", head=b"HTTP/1.1 500 Oh" if fails else b"HTTP/1.1 200 OK", keep=not fails)(
            connection, number, request
        )

    seen = run(respond, answer=b"fine")
    assert seen.errors.keys() == {"status_500"}
    assert seen.requests > seen.errors["status_500"]
