"""A batch asks for as many answers as it is told, on connections that stay, and knows wrong answers from right ones."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from faulty import BODY, RIGHT, FaultyServer

from bench.load import batch
from bench.load.batch import BatchClient, BatchTally
from bench.model.exchange import Exchange
from bench.serving.address import ServerUrl
from bench.serving.null_server import CERTIFICATE

Serve = Callable[..., FaultyServer]
EXCHANGE = Exchange(method="GET", path="/", headers={}, body=b"", status=200, answer=BODY)


def asked(
    server: FaultyServer, *batches: int, trusted: Path | None = None, exchange: Exchange = EXCHANGE
) -> BatchTally:
    with (
        BatchClient(exchange, 3, None) as client,
        client.connect(ServerUrl.loopback(server.port, trusted=trusted)) as users,
    ):
        for requests in batches:
            client.ask(users, requests)
    return client.tally


def answering(answer: Callable[[int], bytes], seen: list[tuple[str, int]] | None = None) -> Callable[..., bool]:
    def respond(connection: socket.socket, number: int, _request: bytes) -> bool:
        if seen is not None:
            seen.append(connection.getpeername())
        connection.sendall(answer(number))
        return True

    return respond


def test_a_server_is_asked_exactly_as_often_as_was_said_on_the_same_connections(serve: Serve) -> None:
    seen: list[tuple[str, int]] = []
    tally = asked(serve(answering(lambda _: RIGHT, seen)), 10, 2, 30)
    assert (tally.requests, tally.verified, len(seen), len(set(seen))) == (42, 42, 42, 3)
    assert not tally.errors


def test_wrong_answers_are_counted_by_what_is_wrong(serve: Serve) -> None:
    answers = {1: RIGHT.replace(b"200 OK", b"429 Slow"), 2: RIGHT.replace(BODY, BODY[::-1])}
    tally = asked(serve(answering(lambda number: answers.get(number, RIGHT))), 9)
    assert (tally.requests, dict(tally.errors)) == (7, {"status_429": 1, "wrong_body": 1})
    tally.errors["wrong_body"] += 1
    assert tally.wrong == "2 times wrong body, once status 429"


def test_an_answer_in_pieces_is_one_answer(serve: Serve) -> None:
    def respond(connection: socket.socket, _number: int, _request: bytes) -> bool:
        for piece in (RIGHT[:20], RIGHT[20:-3], RIGHT[-3:]):
            connection.sendall(piece)
        return True

    assert asked(serve(respond), 12).requests == 12


def test_users_keep_asking_until_it_is_over_and_each_is_answered(serve: Serve) -> None:
    seen: list[tuple[str, int]] = []
    server = serve(answering(lambda _: RIGHT, seen))
    with BatchClient(EXCHANGE, 3, None) as client, client.connect(ServerUrl.loopback(server.port)) as users:
        with client.keep_asking(users):
            time.sleep(0.2)
        asked = len(seen)
        client.ask(users, 5)
    assert asked > 3
    assert len(set(seen)) == 3
    assert (client.tally.requests, len(seen)) == (asked + 5, asked + 5)


def test_a_connection_that_is_lost_while_users_keep_asking_is_raised_in_the_end(serve: Serve) -> None:
    def respond(connection: socket.socket, number: int, _request: bytes) -> bool:
        connection.sendall(RIGHT)
        return number < 9

    ended = []
    server = serve(respond)
    with (  # noqa: PT012  what is done meanwhile is done to its end
        pytest.raises(OSError, match=r"closed the connection|reset"),
        BatchClient(EXCHANGE, 3, None) as client,
        client.connect(ServerUrl.loopback(server.port)) as users,
        client.keep_asking(users),
    ):
        time.sleep(0.2)
        ended.append(True)
    assert ended


@pytest.mark.parametrize("says", [b"", b"no HTTP\r\n\r\n"])
def test_a_lost_connection_is_an_error_that_says_so(serve: Serve, says: bytes) -> None:
    def respond(connection: socket.socket, number: int, _request: bytes) -> bool:
        connection.sendall(says if number == 5 else RIGHT)
        return number != 5

    with pytest.raises(OSError, match="closed the connection" if not says else "isn't HTTP/1.1"):
        asked(serve(respond), 20)


def test_requests_can_be_asked_over_tls(serve: Serve) -> None:
    assert asked(serve(answering(lambda _: RIGHT), tls=True), 25, trusted=CERTIFICATE).requests == 25


def test_a_connection_that_the_server_closes_is_made_anew(serve: Serve) -> None:
    seen: list[tuple[str, int]] = []
    closing = RIGHT.replace(b"content-length", b"connection: close\r\ncontent-length")
    tally = asked(serve(answering(lambda _: closing, seen)), 10, 7)
    assert (tally.requests, len(seen), len(set(seen))) == (17, 17, 17)
    assert not tally.errors


def test_a_connection_that_ends_with_an_error_is_made_anew_though_no_header_says_so(serve: Serve) -> None:
    """As uvicorn does when an app raises."""

    def respond(connection: socket.socket, _number: int, _request: bytes) -> bool:
        connection.sendall(RIGHT.replace(b"200 OK", b"500 Internal Server Error"))
        return False

    raising = EXCHANGE.model_copy(update={"status": 500, "raises": True})
    tally = asked(serve(respond), 10, 7, exchange=raising)
    assert (tally.requests, dict(tally.errors)) == (17, {})


def test_connections_that_were_idle_for_long_are_made_anew(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, int]] = []
    monkeypatch.setattr(batch, "_KEPT_S", 0.0)
    assert asked(serve(answering(lambda _: RIGHT, seen)), 9, 9).requests == 18
    assert len(set(seen)) == 6


def test_each_request_has_the_time_from_its_send_to_its_answer(serve: Serve) -> None:
    def respond(connection: socket.socket, number: int, _request: bytes) -> bool:
        time.sleep(0.05 if number == 4 else 0.0)
        connection.sendall(RIGHT)
        return True

    with BatchClient(EXCHANGE, 3, None) as client, client.connect(ServerUrl.loopback(serve(respond).port)) as users:
        taken = client.ask(users, 12)
    assert len(taken.latencies_ns) == 12
    assert sum(one >= 50_000_000 for one in taken.latencies_ns) == 1
    assert max(taken.latencies_ns) <= taken.elapsed_s * 1e9
