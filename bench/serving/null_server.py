"""A server that does nothing: it sends ready bytes for every request. What a client reaches against it is its ceiling.

Run by `bench.measure.client_ceiling` as a process of its own: reads what it serves from standard input, says its port
there, and ends with that input. It knows one request only, by its length; blocking sends keep it from reading ahead.
"""

from __future__ import annotations

import select
import socket
import ssl
import sys
from dataclasses import replace
from pathlib import Path

from bench.model.base import Record
from bench.model.exchange import Exchange
from bench.serving.address import LOOPBACK, ServerUrl
from bench.serving.headers import Headers
from bench.serving.http_wire import RequestWriter

CERTIFICATE = Path(__file__).with_name("loopback.pem")
_RECEIVE_BYTES = 65536


class NullService(Record):
    """The one request and its answer, and what every request has: a base path, and headers with their values."""

    exchange: Exchange
    tls: bool = False
    base_path: str = ""
    headers: Headers = ()


def serve(served: NullService) -> None:
    """Until standard input ends."""
    exchange = served.exchange
    listener = socket.create_server((LOOPBACK, 0), backlog=1024)
    port = listener.getsockname()[1]
    own = tuple(exchange.headers.items())
    writer = RequestWriter(replace(ServerUrl.loopback(port), base_path=served.base_path), served.headers)
    request = writer.request(exchange.method, exchange.path, own, exchange.body)
    head = f"HTTP/1.1 {exchange.status} OK\r\ncontent-length: {len(exchange.answer)}\r\n\r\n"
    print(port, flush=True)
    _answer_all(_encrypted(listener) if served.tls else listener, len(request), head.encode() + exchange.answer)


def _encrypted(listener: socket.socket) -> ssl.SSLSocket:
    """Connections shake hands as they are accepted."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context.wrap_socket(listener, server_side=True)


def _answer_all(listener: socket.socket, request_bytes_: int, answer: bytes) -> None:
    events = select.epoll()
    events.register(listener.fileno(), select.EPOLLIN)
    events.register(sys.stdin.fileno(), select.EPOLLIN | select.EPOLLHUP)
    connections: dict[int, socket.socket] = {}
    pending: dict[int, int] = {}
    while True:
        for descriptor, _ in events.poll():
            if descriptor == sys.stdin.fileno():
                return
            if descriptor == listener.fileno():
                try:
                    connection, _ = listener.accept()
                except OSError:  # a TLS handshake that failed
                    continue
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                events.register(connection.fileno(), select.EPOLLIN)
                connections[connection.fileno()], pending[connection.fileno()] = connection, 0
                continue
            connection = connections[descriptor]
            try:
                received = len(connection.recv(_RECEIVE_BYTES))
                pending[descriptor] += received
                while pending[descriptor] >= request_bytes_:
                    pending[descriptor] -= request_bytes_
                    connection.sendall(answer)
            except OSError:
                received = 0
            if not received:
                events.unregister(descriptor)
                connections.pop(descriptor).close()


if __name__ == "__main__":
    serve(NullService.model_validate_json(sys.stdin.readline()))
