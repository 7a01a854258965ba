"""A server that does nothing: it sends ready bytes for every request. What a client reaches against it is its ceiling.

Run by `bench.measure.client_ceiling` as a process of its own: reads an Exchange from standard input, says its port
there, and ends with that input. It knows one request only, by its length; blocking sends keep it from reading ahead.
"""

from __future__ import annotations

import select
import socket
import sys

from bench.model.exchange import Exchange
from bench.serving.http_wire import request_bytes

_RECEIVE_BYTES = 65536


def serve(exchange: Exchange) -> None:
    """Until standard input ends."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    port = listener.getsockname()[1]
    request = request_bytes(
        f"127.0.0.1:{port}", exchange.method, exchange.path, tuple(exchange.headers.items()), exchange.body
    )
    head = f"HTTP/1.1 {exchange.status} OK\r\ncontent-length: {len(exchange.answer)}\r\n\r\n"
    print(port, flush=True)
    _answer_all(listener, len(request), head.encode() + exchange.answer)


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
                connection, _ = listener.accept()
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
    serve(Exchange.model_validate_json(sys.stdin.readline()))
