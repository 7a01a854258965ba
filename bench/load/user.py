"""Locust users on the fast connection: `RawUser` for ordinary tasks, `HotUser` for one request again and again.

In a closed load a user asks again once it is answered, as any Locust user does. In an open one each request takes the
next moment of a schedule that all users share, and its latency counts from that moment: a server that stalls is seen by
every request that it delays, and not just by the ones that it kept waiting. A user may also keep a schedule of its own:
what `next_due` returns goes into a request as `due_s`.

Scenario authors import these; the options that the harness passes to Locust come with them.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

import gevent
from gevent.hub import Waiter
from locust import User, task
from locust.exception import LocustError, RescheduleTask, StopUser

import bench.load.locust_plugin  # noqa: F401  Locust's options and events: they come with the users
from bench.load.connection import AskedConnection, HttpResponse, LostError
from bench.load.recorder import LONGEST_LINGER_S, EndpointRecorder
from bench.load.repeated_request import HotConnection, PacedConnection
from bench.load.worker import session_of
from bench.model.load import CLIENT_LIMIT
from bench.serving.address import ServerUrl
from bench.serving.http_wire import writer

_RECONNECT_PAUSE_S = 0.05
_LINGER_S = 0.1
_LIMITS = (errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL, errno.ENOBUFS)


class RequestLostError(RescheduleTask):
    """No answer came, and that is recorded. Not caught, it ends the task, and Locust goes on with the next one."""


class _RawBase(User):
    """Where the host is, and what is recorded."""

    abstract = True
    timeout_s: float = 10.0
    """How long a request may take from its send to the last byte of its answer."""

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        try:
            self.server = ServerUrl.parse(self.host or "")
        except ValueError as error:
            raise LocustError(f"--host {self.host}: {error}") from None
        self.session = session_of(environment)
        self.recorder = self.session.recorder
        self.writer = writer(self.server, self.session.headers)
        if self.session.order is not None:
            self.timeout_s = self.session.order.timeout_s
        self._connections = 0
        self._pauses = False

    def _count_connection(self, connection: AskedConnection | HotConnection) -> None:
        self.recorder.opened(connection, again=self._connections > 0)
        self._connections += 1

    def _refused(self, endpoint: EndpointRecorder, error: OSError, due_s: float | None = None) -> None:
        """In an open load, what isn't due yet can't fail: its request waits for a connection."""
        waited_s = 0.0 if due_s is None else max(0.0, perf_counter() - due_s)
        failure = CLIENT_LIMIT if error.errno in _LIMITS else "connect"
        if failure == CLIENT_LIMIT or due_s is not None or not self.session.paced:
            endpoint.lost(failure, round(waited_s * 1e9))
        self._pauses = True

    def _linger(self, connection: AskedConnection | HotConnection) -> None:
        """Until the app has done what it does after its last answer: uvicorn doesn't count a request whose client has
        left before that."""
        if self.recorder.draining and connection.usable:
            with self.recorder.lingering():
                gevent.sleep(min(LONGEST_LINGER_S, max(_LINGER_S, connection.since_sent_s)))

    def _pause(self) -> None:
        """After a connection was refused: else a user without a server would do nothing but fail."""
        if self._pauses:
            self._pauses = False
            gevent.sleep(_RECONNECT_PAUSE_S)


class RawUser(_RawBase):
    """A user with one keep-alive connection of its own. In its tasks: `self.get("/users/1")`, `self.post(...)`.

    Redirects aren't followed, bodies aren't decompressed, nothing is tried again. Requests are recorded to the
    nanosecond and handed to Locust's statistics once a second, not through its `request` event.
    """

    abstract = True

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self._connection: AskedConnection | None = None
        self._due_s: float | None = None

    def next_due(self, interval_s: float) -> float:
        """Waits for the next moment of a schedule (`time.perf_counter`), which starts with the first call.

        Those that have passed return at once, one by one. A task that loops over it, without any other waiting, sends
        all that fell due while a measured stretch lasted, and those that a stall delayed too.
        """
        self._due_s = perf_counter() if self._due_s is None else self._due_s + interval_s
        early_s = self._due_s - perf_counter()
        if early_s > 0:
            gevent.sleep(early_s)
        return self._due_s

    def get(self, path: str, **more: Any) -> HttpResponse:
        return self.request("GET", path, **more)

    def post(self, path: str, body: bytes = b"", **more: Any) -> HttpResponse:
        return self.request("POST", path, body, **more)

    def request(  # noqa: PLR0913  as Locust's own clients have it: one keyword for each thing a task may want
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        headers: Mapping[str, str] | None = None,
        name: str | None = None,
        status: int | None = None,
        expect: bytes | None = None,
        check: Callable[[HttpResponse], bool] | None = None,
        due_s: float | None = None,
    ) -> HttpResponse:
        """The answer, right or wrong. Wrong, and counted so, is a status other than `status` (None: of 400 or more),
        a body other than `expect` (None: any is right), and what doesn't pass `check`, or makes it stumble.

        `name` is what Locust calls it, else the path. Latency counts from `due_s` (`time.perf_counter`), None: from
        the next arrival of an open load, or else from the send. Raises RequestLostError when no answer came.
        """
        endpoint = self.recorder.endpoint(method, name or path)
        request = self.writer.request(method, path, tuple((headers or {}).items()), body)
        if due_s is None and self.session.paced:
            due_s = self._next_arrival(endpoint)
            try:
                answer = self._ask(request, endpoint, due_s)
            finally:
                self.session.pacer.done()
        elif self.recorder.takes(due_s):
            answer = self._ask(request, endpoint, due_s)
        else:
            raise StopUser
        if answer.status != status and (status is not None or answer.status >= 400):
            endpoint.wrong(f"status_{answer.status}", answer.service_ns)
        elif (expect is not None and answer.body != expect) or not _passes(check, answer):
            endpoint.wrong("wrong_body", answer.service_ns)
        else:
            verified = expect is not None or check is not None
            service_ns = None if due_s is None else answer.service_ns
            due_ns = None if due_s is None else round(due_s * 1e9)
            endpoint.right(answer.latency_ns, len(answer.body), verified, service_ns, due_ns)
        return answer

    def on_stop(self) -> None:
        if self._connection is not None:
            self._linger(self._connection)
            self._drop(self._connection)

    def _next_arrival(self, endpoint: EndpointRecorder) -> float:
        """Connected before, so that the answer doesn't wait for that. Raises StopUser when there are no more."""
        self._connected(endpoint)
        waiter = Waiter()
        take = waiter.switch
        try:
            self.session.pacer.next(take)
            due_ns = waiter.get()
        except BaseException:  # whatever ends the user: it isn't free any more
            self.session.pacer.leave(take)
            raise
        if due_ns is None:
            raise StopUser
        return float(due_ns / 1e9)

    def _ask(self, request: bytes, endpoint: EndpointRecorder, due_s: float | None) -> HttpResponse:
        connection = self._connected(endpoint, due_s)
        if not self.recorder.takes(due_s):  # since it began to connect
            raise StopUser
        try:
            return connection.ask(request, due_s)
        except LostError as error:
            endpoint.lost(error.failure, error.waited_ns, error.service_ns)
            raise RequestLostError from error

    def _connected(self, endpoint: EndpointRecorder, due_s: float | None = None) -> AskedConnection:
        self._pause()
        if self._connection is not None and self._connection.usable:
            return self._connection
        if self._connection is not None:
            self._drop(self._connection)
        try:
            self._connection = AskedConnection(self.server, self.timeout_s)
        except OSError as error:
            self._refused(endpoint, error, due_s)
            raise RequestLostError from error
        self._count_connection(self._connection)
        return self._connection

    def _drop(self, connection: AskedConnection) -> None:
        connection.close()
        self.recorder.closed(connection)
        self._connection = None


def _passes(check: Callable[[HttpResponse], bool] | None, answer: HttpResponse) -> bool:
    """A check that stumbles over a body has found it to be another than it can read."""
    try:
        return check is None or check(answer)
    except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError):
        return False


class HotUser(_RawBase):
    """One connection that sends one request: what the order of `bench load` says, or GET `path` of --host. Back to
    back in a closed load, in its turn in an open one."""

    abstract = True
    path: str | None = None
    """None: what Locust's option --path says."""
    name: str | None = None
    """What Locust calls the request, else its path."""

    @property
    def _own_path(self) -> str:
        return self.path or str(self.environment.parsed_options.path)

    @task
    def repeat(self) -> None:
        """Until the connection is lost; Locust calls it again then, and the request that comes next reconnects."""
        if self.recorder.draining and not self.session.pacer.behind:
            raise StopUser
        self._pause()
        endpoint, request = self._prepared()
        try:
            connection = self._open()
        except OSError as error:
            self._refused(endpoint, error)
            return
        self._count_connection(connection)
        try:
            connection.run(request, endpoint)
            self._linger(connection)
        finally:
            connection.close()
            self.recorder.closed(connection)

    def _open(self) -> HotConnection:
        reader = self.session.reader(tls=self.server.tls)
        if self.session.paced:
            return PacedConnection(self.server, self.timeout_s, self.recorder, reader, self.session.pacer)
        return HotConnection(self.server, self.timeout_s, self.recorder, reader)

    def _prepared(self) -> tuple[EndpointRecorder, bytes]:
        """What is recorded where, and the request's bytes."""
        if self.session.order is None:
            endpoint = self.recorder.endpoint("GET", self.name or self._own_path)
            return endpoint, self.writer.request("GET", self._own_path)
        asked = self.session.order.exchange
        request = self.writer.request(asked.method, asked.path, tuple(asked.headers.items()), asked.body)
        return self.recorder.endpoint(asked.method, self.name or asked.path), request
