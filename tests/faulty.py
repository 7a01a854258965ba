"""A server that misbehaves on purpose."""

from __future__ import annotations

import contextlib
import itertools
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

from bench.serving.null_server import CERTIFICATE

BODY = b"Hello, world!"
RIGHT = b"HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n" + BODY

# Answers a request, given with its number in the whole server, on its connection; False ends the connection.
Respond = Callable[[socket.socket, int, bytes], bool]


class FaultyServer:
    """A thread a connection, which calls `respond` for each request until that returns False. With `tls`, it has the
    certificate of `CERTIFICATE`."""

    def __init__(self, respond: Respond, *, tls: bool = False, port: int = 0) -> None:
        self._respond = respond
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if tls else None
        if self._tls:
            self._tls.load_cert_chain(CERTIFICATE)
        self._numbers = itertools.count()
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self.over = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        self.over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes up accept
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while not self.over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._talk, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _talk(self, accepted: socket.socket) -> None:
        with accepted, contextlib.suppress(OSError), self._spoken(accepted) as connection:
            while request := connection.recv(65536):
                if self.over.is_set() or not self._respond(connection, next(self._numbers), request):
                    return

    def _spoken(self, accepted: socket.socket) -> socket.socket:
        return self._tls.wrap_socket(accepted, server_side=True) if self._tls else accepted


@contextlib.contextmanager
def refusing_port() -> Iterator[int]:
    """A port of which every connection is refused, and that no other test gets meanwhile; a server may be started
    there."""
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]
