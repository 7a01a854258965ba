"""A few users who ask a server until so many answers have come, and not one request more: all that a server does
between the first byte and the last answer is done for these requests. Or until somebody else has seen enough."""

from __future__ import annotations

import os
import select
import socket
import ssl
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from time import perf_counter, perf_counter_ns, thread_time
from types import TracebackType
from typing import NamedTuple, Self

from httptools import HttpParserError, HttpResponseParser

from bench.load.answer_reader import AnswerReader, AnswerSampling, FixedBody, SampledBody, compared_under_load
from bench.model.exchange import Exchange
from bench.serving.address import ServerUrl
from bench.serving.http_client import connected
from bench.serving.http_wire import writer

_RECEIVE_BYTES = 262_144
_TIMEOUT_S = 30.0
# Servers close connections that are idle for longer, uvicorn after 5 s.
_KEPT_S = 3.0
_NO_MORE = object()


@dataclass
class BatchTally:
    """What came of all batches: right answers, of these how many were compared, and what went wrong by what it was."""

    requests: int = 0
    verified: int = 0
    errors: Counter[str] = field(default_factory=Counter)

    @property
    def wrong(self) -> str:
        """`3 times status 500, once wrong body`, or ""."""
        counted = ((what.replace("_", " "), count) for what, count in self.errors.most_common())
        return ", ".join(f"{'once' if count == 1 else f'{count:,} times'} {what}" for what, count in counted)


class BatchTime(NamedTuple):
    """From the first byte sent to the last answer, the client's CPU time of it, and how long each request took from its
    send to the end of its answer, the first answered first."""

    elapsed_s: float
    client_cpu_s: float
    latencies_ns: tuple[int, ...]


class BatchClient:
    """A context manager: a thread on `cores` of its own, which alone talks to servers."""

    def __init__(self, exchange: Exchange, users: int, cores: Sequence[int] | None) -> None:
        self._exchange = exchange
        self._users = users
        self._thread = ThreadPoolExecutor(1, initializer=_pin, initargs=(cores,))
        self.tally = BatchTally()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown()

    def connect(self, server: ServerUrl) -> BatchUsers:
        """Connections to a server, none of which has asked for anything. Raises OSError, and ValueError for a request
        that can't be sent."""
        return self._thread.submit(BatchUsers, self._exchange, server, self._users, self.tally).result()

    def ask(self, batch: BatchUsers, requests: int) -> BatchTime:
        """What so many answers took. Raises OSError when a connection is lost."""
        return self._thread.submit(batch.ask, requests).result()

    @contextmanager
    def keep_asking(self, batch: BatchUsers) -> Iterator[None]:
        """All users ask again and again meanwhile. Raises OSError at the end when a connection was lost."""
        over = Event()
        asking = self._thread.submit(batch.ask_until, over)
        try:
            yield
        finally:
            over.set()
            wait([asking])
        asking.result()


class BatchUsers:
    """A context manager around the connections of some users to one server."""

    def __init__(self, exchange: Exchange, server: ServerUrl, users: int, tally: BatchTally) -> None:
        own = tuple(exchange.headers.items())
        self._exchange, self._server = exchange, server
        self._request = writer(server).request(exchange.method, exchange.path, own, exchange.body)
        self._tally = tally
        self._poll = select.epoll()
        self._users: dict[int, _BatchUser] = {}
        self._asked_s = perf_counter()
        for _ in range(users):
            self._connect()

    def ask(self, requests: int) -> BatchTime:
        """Ask for so many answers in all, and wait for the last. Raises OSError."""
        return self._asked(iter(range(requests)))

    def ask_until(self, over: Event) -> None:
        """Ask until it is over, and wait for the last answer. Raises OSError."""
        self._asked(iter(over.is_set, True))

    def _asked(self, turns: Iterator[object]) -> BatchTime:
        """A request for each of the turns, as many at once as there are users."""
        latencies_ns: list[int] = []
        if perf_counter() - self._asked_s > _KEPT_S:
            for user in list(self._users.values()):
                self._renewed(user)
        start_s, cpu_s = perf_counter(), thread_time()
        waiting = 0
        for user, _ in zip(list(self._users.values()), turns, strict=False):
            user.ask()
            waiting += 1
        while waiting:
            ready = self._poll.poll(_TIMEOUT_S)
            if not ready:
                raise TimeoutError(f"no response within {_TIMEOUT_S:g} s")
            for fileno, _ in ready:
                user = self._users[fileno]
                if not user.answered():
                    continue
                waiting -= 1
                latencies_ns.append(perf_counter_ns() - user.asked_ns)
                self._count(user)
                if user.ends:
                    user = self._renewed(user)
                if next(turns, _NO_MORE) is not _NO_MORE:
                    waiting += 1
                    user.ask()
        self._asked_s = perf_counter()
        return BatchTime(self._asked_s - start_s, thread_time() - cpu_s, tuple(latencies_ns))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._poll.close()
        for user in self._users.values():
            user.close()

    def _connect(self) -> _BatchUser:
        user = _BatchUser(connected(self._server, _TIMEOUT_S), self._request, _reader(self._exchange))
        self._users[user.fileno] = user
        self._poll.register(user.fileno, select.EPOLLIN)
        return user

    def _renewed(self, user: _BatchUser) -> _BatchUser:
        """A connection in the place of one that the server closes."""
        self._poll.unregister(user.fileno)
        del self._users[user.fileno]
        user.close()
        return self._connect()

    def _count(self, user: _BatchUser) -> None:
        if failure := user.failure():
            self._tally.errors[failure] += 1
        else:
            self._tally.requests += 1
            self._tally.verified += user.verified


class _BatchUser:
    """One connection, with at most one request on its way."""

    def __init__(self, connection: socket.socket, request: bytes, reader: AnswerReader) -> None:
        self._connection, self._request, self._reader = connection, request, reader
        self._tls = isinstance(connection, ssl.SSLSocket)
        self._over = False
        self.asked_ns, self._keeps_alive = 0, True
        reader.on_message_complete = self._complete  # type: ignore[attr-defined]  # a parser looks for it
        self._parser = HttpResponseParser(reader)
        self.fileno = connection.fileno()

    def ask(self) -> None:
        self._over = False
        self._reader.begin()
        self.asked_ns = perf_counter_ns()
        self._connection.sendall(self._request)

    def answered(self) -> bool:
        """Take what has come: whether the answer is whole. Raises OSError."""
        while True:
            data = self._connection.recv(_RECEIVE_BYTES)
            if not data:
                raise ConnectionError("the server closed the connection")
            try:
                self._parser.feed_data(data)
            except HttpParserError as error:
                raise ConnectionError(f"the response isn't HTTP/1.1: {error}") from error
            if self._over or not (self._tls and self._connection.pending()):  # type: ignore[attr-defined]
                return self._over

    def failure(self) -> str | None:
        return self._reader.failure(self._parser.get_status_code())

    @property
    def ends(self) -> bool:
        """Whether the server closes the connection after this answer, even if it doesn't say so."""
        return not self._keeps_alive or self._reader.last(self._parser.get_status_code())

    @property
    def verified(self) -> bool:
        return self._reader.verified

    def close(self) -> None:
        self._connection.close()

    def _complete(self) -> None:
        self._over = True
        self._keeps_alive = self._parser.should_keep_alive()  # known only now: the parser begins anew


def _reader(exchange: Exchange) -> AnswerReader:
    if compared_under_load(exchange) in ("bytes", "parts"):
        return FixedBody(exchange)
    return SampledBody(AnswerSampling(exchange))


def _pin(cores: Sequence[int] | None) -> None:
    """Of the calling thread alone."""
    if cores:
        os.sched_setaffinity(0, cores)
