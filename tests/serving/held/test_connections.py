"""Held connections: thousands are opened and none is replaced; whatever ends one is counted by what it was."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from faulty import BODY, RIGHT, FaultyServer

from bench.model.exchange import Exchange
from bench.serving.errors import LoadError
from bench.serving.held.connections import HeldConnections
from bench.serving.held.process import ConnectionClient
from bench.serving.held.task import ConnectionTask

Serve = Callable[..., FaultyServer]
EXCHANGE = Exchange(method="GET", path="/", headers={}, body=b"", status=200, answer=BODY)
STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"


def task(server: FaultyServer, **changed: Any) -> ConnectionTask:
    fields = {"exchange": EXCHANGE, "holds": "connection", "port": server.port, "server_pid": os.getpid()}
    return ConnectionTask(**(fields | {"timeout_s": 5.0} | changed))


def always(answer: bytes) -> Callable[[socket.socket, int, bytes], bool]:
    def respond(connection: socket.socket, _number: int, _request: bytes) -> bool:
        connection.sendall(answer)
        return True

    return respond


@pytest.fixture
def held(serve: Serve) -> Iterator[Callable[..., HeldConnections]]:
    made: list[HeldConnections] = []

    def make(respond: Callable[[socket.socket, int, bytes], bool], **changed: Any) -> HeldConnections:
        made.append(HeldConnections(task(serve(respond), **changed)))
        return made[-1]

    yield make
    for one in made:
        one.drop()


Held = Callable[..., HeldConnections]


def test_as_many_are_open_as_were_asked_for_and_more_join_them(held: Held) -> None:
    found = held(always(RIGHT))
    for count in (20, 150):
        found.hold(count)
        assert (found.open, found.lost) == (count, {})


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (RIGHT.replace(b"200 OK", b"503 Busy"), "status 503, expected 200"),
        (RIGHT.replace(b"OK\r\n", b"OK\r\nconnection: close\r\n"), "the response announced the end of the connection"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "the response isn't HTTP/1.1"),
    ],
)
def test_another_answer_is_a_loss_with_its_reason(held: Held, answer: bytes, said: str) -> None:
    found = held(always(answer))
    found.hold(5)
    assert found.open == 0
    assert sum(found.lost.values()) == 5
    assert all(reason.startswith(said) for reason in found.lost)


def test_what_the_server_drops_later_is_noticed_and_not_replaced(held: Held) -> None:
    def respond(connection: socket.socket, number: int, _request: bytes) -> bool:
        connection.sendall(RIGHT)
        return number % 2 == 0

    found = held(respond)
    found.hold(10)
    found.serve(0.2)
    assert (found.open, sum(found.lost.values())) == (5, 5)
    assert "the server closed the connection" in found.lost
    found.hold(10)
    assert found.open == 5


def test_a_server_that_is_silent_is_not_waited_for_longer_than_allowed(held: Held) -> None:
    found = held(lambda *_: True, timeout_s=0.3)
    found.hold(3)
    assert found.lost == {"no response within 0.3 s": 3}


def test_a_stream_is_held_while_it_goes_on_and_lost_when_it_ends(held: Held) -> None:
    going_on = held(always(STREAM + b"5\r\ndata:\r\n"), holds="stream")
    going_on.hold(5)
    assert going_on.open == 5
    ended = held(always(STREAM + b"0\r\n\r\n"), holds="stream")
    ended.hold(5)
    assert ended.lost == {"the response ended, and was to stay open": 5}


def test_a_websocket_answers_pings_and_hears_its_end(held: Held) -> None:
    seen: list[bytes] = []

    def respond(connection: socket.socket, _number: int, request: bytes) -> bool:
        if request.startswith(b"GET"):
            connection.sendall(SWITCHED + b"\x89\x03abc")
        else:
            seen.append(request)
            connection.sendall(b"\x81\x05hello\x88\x02\x03\xe9")
        return True

    found = held(respond, holds="websocket")
    found.hold(1)
    found.serve(0.3)
    assert seen == [b"\x8a\x83\x00\x00\x00\x00abc"]
    assert found.lost == {"the server closed the WebSocket (code 1001)": 1}


def test_the_client_process_holds_counts_and_measures(serve: Serve) -> None:
    with ConnectionClient(None) as client:
        assert client.begin(task(serve(always(RIGHT)))) >= 100
        assert client.call("hold", count=30) == {"open": 30, "lost": {}}
        for fresh in (False, True):
            seen = client.call("window", for_s=0.1, fresh=fresh)
            assert seen["requests"] >= 4
            assert seen["cpu_s"] > 0
        assert client.call("idle", for_s=0.1)["idle_s"] >= 0.1
        assert client.call("count") == {"open": 30, "lost": {}}
        told = client.call("report")
        assert (told["errors"], told["verified"]) == ({}, 20)


def test_wrong_responses_beside_held_connections_are_counted(serve: Serve) -> None:
    with ConnectionClient(None) as client:
        client.begin(task(serve(always(RIGHT.replace(BODY, BODY[::-1])))))
        assert client.call("window", for_s=0.0, fresh=False)["requests"] == 0
        assert sum(client.call("report")["errors"].values()) == 4


def test_a_client_that_ends_says_so_and_one_that_hangs_too(serve: Serve) -> None:
    server = serve(always(RIGHT))
    with ConnectionClient(None) as client:
        client.begin(task(server))
        with pytest.raises(LoadError, match=r"the client of the connections ended: .*no_such"):
            client.call("no_such")
    began_s = time.monotonic()
    with ConnectionClient(None) as client:
        client.begin(task(server, timeout_s=0.6))
        with pytest.raises(LoadError, match=r"did not answer within 1\.2 s"):
            client.call("idle", for_s=60.0)
    assert time.monotonic() - began_s < 30
