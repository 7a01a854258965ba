"""A server that does nothing: it sends ready bytes for every request. What a client reaches against it is its ceiling.

Run by `bench.measure.client_ceiling` as a process of its own: reads what it serves from standard input, says its port
there, and ends with that input. It knows one request only, by its length; blocking sends keep it from reading ahead.
"""

from __future__ import annotations

import os
import select
import socket
import ssl
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench.model.base import Record
from bench.model.exchange import Exchange
from bench.serving.address import LOOPBACK, ServerUrl
from bench.serving.headers import Headers
from bench.serving.http_wire import RequestWriter

CERTIFICATE = Path(__file__).with_name("loopback.pem")
_RECEIVE_BYTES = 65536
_LARGE_BYTES = 65536


class NullService(Record):
    """The one request and its answer, and what every request has: a base path, and headers with their values. It
    listens on `unix_socket`, or on a free port."""

    exchange: Exchange
    tls: bool = False
    base_path: str = ""
    headers: Headers = ()
    unix_socket: str | None = None


def serve(served: NullService) -> None:
    """Until standard input ends."""
    exchange = served.exchange
    listener, port = _listener(served.unix_socket)
    own = tuple(exchange.headers.items())
    server = replace(ServerUrl.loopback(port, unix_socket=served.unix_socket), base_path=served.base_path)
    writer = RequestWriter(server, served.headers)
    request = writer.request(exchange.method, exchange.path, own, exchange.body)
    head = f"HTTP/1.1 {exchange.status} OK\r\ncontent-length: {len(exchange.answer)}\r\n"
    content = {"content-type": exchange.content_type, "content-encoding": exchange.content_encoding}
    head += "".join(f"{name}: {value}\r\n" for name, value in content.items() if value) + "\r\n"
    print(port, flush=True)
    send = _sender(head.encode(), exchange.answer, tls=served.tls)
    _answer_all(_encrypted(listener) if served.tls else listener, len(request), send)


def _listener(unix_socket: str | None) -> tuple[socket.socket, int]:
    """And its port, 0 of a Unix socket."""
    if unix_socket is None:
        listener = socket.create_server((LOOPBACK, 0), backlog=1024)
        return listener, listener.getsockname()[1]
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(unix_socket)
    listener.listen(1024)
    return listener, 0


def _encrypted(listener: socket.socket) -> ssl.SSLSocket:
    """Connections shake hands as they are accepted."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context.wrap_socket(listener, server_side=True)


def _sender(head: bytes, body: bytes, *, tls: bool) -> Callable[[socket.socket], None]:
    """Sends an answer. A large one from a file in memory, which the kernel doesn't copy: that would take as long as it
    takes the client to receive it."""
    if tls or len(body) <= _LARGE_BYTES:
        answer = head + body
        return lambda connection: connection.sendall(answer)
    file = os.fdopen(os.memfd_create("answer"), "w+b")
    file.write(body)
    file.flush()

    def send(connection: socket.socket) -> None:
        connection.sendall(head, socket.MSG_MORE)
        sent = 0
        while sent < len(body):
            sent += os.sendfile(connection.fileno(), file.fileno(), sent, len(body) - sent)

    return send


def _answer_all(listener: socket.socket, request_bytes_: int, send: Callable[[socket.socket], None]) -> None:
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
                if listener.family == socket.AF_INET:
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
                    send(connection)
            except OSError:
                received = 0
            if not received:
                events.unregister(descriptor)
                connections.pop(descriptor).close()


if __name__ == "__main__":
    serve(NullService.model_validate_json(sys.stdin.readline()))
