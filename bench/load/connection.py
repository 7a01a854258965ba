"""One keep-alive HTTP/1.1 connection of a user, driven by callbacks of gevent's hub.

Switching greenlets for every request would double its cost. A greenlet opens a connection and waits for it; sending,
receiving and parsing happen in the hub. Nothing is retried, redirected or decompressed: what goes wrong has a class,

    timeout    no whole answer within the time-out
    closed     the server ended the connection before the answer was whole
    protocol   what came isn't HTTP/1.1, can't be decrypted, or is more than one answer

and the connection ends with it. (Users add `connect`, `status_500` and the like, and `wrong_body`.)
"""

from __future__ import annotations

import _socket
import socket
import ssl
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Any

import gevent.socket
from gevent import get_hub
from gevent.hub import Waiter
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from bench.load.answer_reader import SERVER_ERROR
from bench.serving.address import ServerUrl
from bench.serving.tls import Tls

_READ, _WRITE = 1, 2
_RECEIVED = memoryview(bytearray(1_048_576))
"""Where all connections receive, one at a time: what is kept of it is copied before the next receives."""

_INTERIM = frozenset(range(100, 200)) - {101}
"""Statuses of messages that come before an answer, such as 103 (RFC 9110, 15.2); 101 ends HTTP."""


class LostError(Exception):
    """A request that got no answer, by its failure's class."""

    def __init__(self, failure: str, waited_ns: int, service_ns: int) -> None:
        super().__init__(failure)
        self.failure = failure
        self.waited_ns = waited_ns
        self.service_ns = service_ns


class Connection:
    """What both kinds of connection share. Raises OSError when it can't be opened.

    Subclasses say in `_answered` what to do with a whole answer, in the hub. `reader` gets its headers and body.
    """

    def __init__(self, server: ServerUrl, timeout_s: float, reader: Any) -> None:
        opened = _opened(server, timeout_s)
        self._tls = _handshake(opened, server.host) if server.tls else None
        # The C socket itself: gevent's own methods would look for a greenlet to suspend.
        self._socket = _socket.socket(fileno=opened.detach())
        self._socket.setblocking(False)
        if server.unix_socket is None:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._receive_into, self._transmit = self._socket.recv_into, self._socket.send
        self._reader = reader
        reader.on_message_complete = self.on_message_complete
        self._renew_parser()
        self._hub = get_hub()
        self._waiter = Waiter(self._hub)
        self._unsent = b""
        self._sent_ns = 0
        self._timeout_ns = round(timeout_s * 1e9)
        self._answers = 0
        self._alive = True
        self.waiting = False
        self._writable = self._hub.loop.io(self._socket.fileno(), _WRITE)
        self._timer = self._hub.loop.timer(timeout_s)
        self._readable = self._hub.loop.io(self._socket.fileno(), _READ)
        self._readable.start(self._on_readable)

    @property
    def since_sent_s(self) -> float:
        """How long ago the last request was sent: just after its answer, its latency."""
        return (perf_counter_ns() - self._sent_ns) / 1e9

    @property
    def usable(self) -> bool:
        """Whether another request may be sent on it."""
        return self._alive

    def close(self) -> None:
        """Idempotent; ends the callbacks, so that nothing arrives after it."""
        self._alive = self.waiting = False
        for watcher in (self._readable, self._writable, self._timer):
            watcher.stop()
            watcher.close()
        self._socket.close()

    def _renew_parser(self) -> None:
        parser = HttpResponseParser(self._reader)
        self._feed, self._status, self._keeps_alive = parser.feed_data, parser.get_status_code, parser.should_keep_alive

    def on_message_complete(self) -> None:
        if self._status() in _INTERIM:
            self._forget()
            return
        self._answers += 1
        self._alive = self._keeps_alive() and not self._unsent  # an answer to half a request leaves the rest behind

    def _send(self, request: bytes) -> None:
        self._answers = 0
        self.waiting = True
        if not self._timer.active:
            self._timer.start(self._on_timer)
        self._sent_ns = perf_counter_ns()
        if self._tls is not None:
            request = self._tls.encrypted(request)
        try:
            sent = self._transmit(request)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._hub.loop.run_callback(self._end, "closed")
            return
        if sent != len(request):
            self._unsent = request[sent:]
            self._writable.start(self._on_writable)

    def _on_writable(self) -> None:
        try:
            self._unsent = self._unsent[self._transmit(self._unsent) :]
        except BlockingIOError:
            return
        except OSError:
            self._end("closed")
            return
        if not self._unsent:
            self._writable.stop()

    def _on_readable(self) -> None:
        counted = self._reader.rest
        try:
            receive_into = self._receive_into
            received = self._reader.receive(receive_into, _RECEIVED) if counted else receive_into(_RECEIVED)
        except BlockingIOError:
            return
        except OSError:
            received = 0
        if not received:
            self._end("closed")
        elif counted:
            if not self._reader.rest:
                self._end_of_counted()
        else:
            self._parse(_RECEIVED[:received])

    def _parse(self, received: memoryview) -> None:
        try:
            self._feed(received if self._tls is None else self._tls.decrypted(bytes(received)))
        except (HttpParserError, HttpParserUpgrade, ssl.SSLError):
            self._end("protocol")
            return
        if self._answers:
            if self._answers == 1 and self.waiting:
                self._answered(perf_counter_ns() - self._sent_ns)
            else:
                self._end("protocol")
        elif self._tls is not None and self._tls.ended:
            self._end("closed")

    def _end_of_counted(self) -> None:
        """The answer is whole, though its parser doesn't know: another one takes the next."""
        latency_ns = perf_counter_ns() - self._sent_ns
        self.on_message_complete()
        self._answered(latency_ns)
        self._renew_parser()

    def _on_timer(self) -> None:
        """The timer isn't moved for every request: when it fires, it looks how long the current one has waited."""
        self._timer.stop()
        if not self.waiting:
            return
        left_ns = self._sent_ns + self._timeout_ns - perf_counter_ns()
        if left_ns <= 0:
            self._end("timeout")
        else:
            self._timer.close()
            self._timer = self._hub.loop.timer(left_ns / 1e9)
            self._timer.start(self._on_timer)

    def _end(self, failure: str) -> None:
        if self._socket.fileno() < 0:
            return  # a callback that was on its way when the connection closed
        waited_ns = perf_counter_ns() - self._sent_ns
        was_waiting = self.waiting
        self.close()
        if was_waiting:
            self._lost(failure, waited_ns)
        else:
            self._left()

    def _forget(self) -> None:
        """What has come of a message that isn't the answer yet."""

    def _answered(self, latency_ns: int) -> None:
        """A whole answer has come."""
        raise NotImplementedError

    def _lost(self, failure: str, waited_ns: int) -> None:
        """The request that was on its way gets no answer any more."""
        raise NotImplementedError

    def _left(self) -> None:
        """The server ended the connection while nothing was on its way."""


def _opened(server: ServerUrl, timeout_s: float) -> gevent.socket.socket:
    """The greenlet waits for it. Raises OSError."""
    if server.unix_socket is None:
        return gevent.socket.create_connection((server.host, server.port), timeout_s)
    opened = gevent.socket.socket(socket.AF_UNIX)
    try:
        opened.settimeout(timeout_s)
        opened.connect(server.unix_socket)
    except OSError:
        opened.close()
        raise
    return opened


def _handshake(opened: gevent.socket.socket, host: str) -> Tls:
    """The greenlet waits for it. Raises OSError."""
    try:
        return Tls(opened, host)
    except OSError:
        opened.close()
        raise


@dataclass(frozen=True)
class HttpResponse:
    """A whole answer; header names in lower case. `service_ns` is from the send to the last byte, `latency_ns` from
    when that was due, if it was."""

    status: int
    headers: dict[str, str]
    body: bytes
    latency_ns: int
    service_ns: int


class AskedConnection(Connection):
    """Any request at a time, for a greenlet that waits for the answer."""

    rest = 0

    def __init__(self, server: ServerUrl, timeout_s: float) -> None:
        super().__init__(server, timeout_s, self)

    def ask(self, request: bytes, due_s: float | None = None) -> HttpResponse:
        """Latency counts from `due_s` (`time.perf_counter`) when the request is sent later than that.

        Raises LostError with the failure's class and the time waited; the connection is closed then.
        """
        self._headers: dict[str, str] = {}
        self._chunks: list[bytes] = []
        self._waiter = Waiter(self._hub)
        self._send(request)
        self._overdue_ns = 0 if due_s is None else max(0, self._sent_ns - round(due_s * 1e9))
        outcome: HttpResponse | LostError = self._waiter.get()
        if isinstance(outcome, LostError):
            raise outcome
        return outcome

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, chunk: bytes) -> None:
        self._chunks.append(chunk)

    def _forget(self) -> None:
        self._headers = {}
        self._chunks = []

    def _answered(self, latency_ns: int) -> None:
        self.waiting = False
        waited_ns, status = self._overdue_ns + latency_ns, self._status()
        self._alive = self._alive and status < SERVER_ERROR  # uvicorn closes it when an app raises, and doesn't say so
        self._waiter.switch(HttpResponse(status, self._headers, b"".join(self._chunks), waited_ns, latency_ns))

    def _lost(self, failure: str, waited_ns: int) -> None:
        self._waiter.switch(LostError(failure, self._overdue_ns + waited_ns, waited_ns))
