"""A closed load asks again and again, and knows a wrong answer from a right one."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import pytest
from faulty import BODY, RIGHT, FaultyServer

from bench.model.exchange import Exchange
from bench.serving.address import ServerUrl
from bench.serving.closed_load import ClosedLoad

Serve = Callable[..., FaultyServer]
EXCHANGE = Exchange(method="GET", path="/", headers={}, body=b"", status=200, answer=BODY)


def loaded(server: FaultyServer, exchange: Exchange = EXCHANGE, for_s: float = 0.3) -> ClosedLoad:
    with ClosedLoad(exchange, ServerUrl.loopback(server.port), users=3) as load:
        time.sleep(for_s)
    return load


def test_right_answers_are_compared_and_connections_kept(serve: Serve) -> None:
    connections = set()

    def respond(connection: socket.socket, _number: int, _request: bytes) -> bool:
        connections.add(connection.getpeername())
        connection.sendall(RIGHT)
        return True

    load = loaded(serve(respond))
    assert not load.errors
    assert load.verified > 3
    assert len(connections) == 3


def test_a_wrong_status_is_an_error_with_its_number(serve: Serve) -> None:
    def respond(connection: socket.socket, number: int, _request: bytes) -> bool:
        connection.sendall(RIGHT if number < 10 else RIGHT.replace(b"200 OK", b"429 Slow"))
        return True

    assert loaded(serve(respond)).errors["status 429, expected 200"] > 0


def test_another_body_is_an_error(serve: Serve) -> None:
    def respond(connection: socket.socket, _number: int, _request: bytes) -> bool:
        connection.sendall(RIGHT.replace(BODY, BODY[::-1]))
        return True

    load = loaded(serve(respond))
    assert any("differ from the first response" in error for error in load.errors)


@pytest.mark.parametrize("closes", [True, False])
def test_a_server_that_closes_after_each_answer_is_asked_on_new_connections(serve: Serve, closes: bool) -> None:
    def respond(connection: socket.socket, _number: int, _request: bytes) -> bool:
        connection.sendall(RIGHT.replace(b"200 OK\r\n", b"200 OK\r\nconnection: close\r\n") if closes else RIGHT)
        return not closes

    load = loaded(serve(respond))
    assert not load.errors
    assert load.verified > 3


def test_a_server_that_drops_connections_is_an_error_and_no_end(serve: Serve) -> None:
    load = loaded(serve(lambda *_: False))
    assert not load.verified
    assert sum(load.errors.values()) > 0


def test_what_can_not_be_sent_is_refused_before_anything_is() -> None:
    with pytest.raises(ValueError, match="HEAD can't be measured"):
        ClosedLoad(EXCHANGE.model_copy(update={"method": "HEAD"}), ServerUrl.loopback(1), users=1)
