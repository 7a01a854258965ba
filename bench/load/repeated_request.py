"""Connections that repeat one request, driven by the hub alone: no greenlet wakes up between two requests."""

from __future__ import annotations

from bench.load.connection import Connection
from bench.load.pacer import Pacer
from bench.load.recorder import EndpointRecorder, Recorder
from bench.serving.address import ServerUrl

_FAILED = 400


class HotConnection(Connection):
    """One request, back to back, until the connection is lost or the recorder drains: no greenlet in between.

    An answer is right when its status is `status` (None: any below 400) and its body is `body` (None: any), compared
    byte by byte every time: that costs a memory comparison, less than deciding which answers to sample would. Of a body
    that varies the length must lie within `lengths`.
    """

    def __init__(
        self,
        server: ServerUrl,
        timeout_s: float,
        recorder: Recorder,
        *,
        status: int | None,
        body: bytes | None,
        lengths: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(server, timeout_s)
        self._recorder = recorder
        self._wanted_status = status
        self._wanted_body = body
        self._lengths = lengths
        self._verifies = body is not None or lengths is not None
        self._length = 0
        self._same = True

    def run(self, request: bytes, endpoint: EndpointRecorder) -> None:
        """Blocks the calling greenlet until it is over."""
        self._request, self._endpoint = request, endpoint
        self._send(request)
        self._waiter.get()

    def on_body(self, chunk: bytes) -> None:
        start = self._length
        self._length += len(chunk)
        wanted = self._wanted_body
        if wanted is not None and chunk != wanted and chunk != wanted[start : self._length]:
            self._same = False

    def _answered(self, latency_ns: int) -> None:
        failure = self._failure()
        if failure is None:
            self._endpoint.right(latency_ns, self._length, self._verifies)
        else:
            self._endpoint.wrong(failure, latency_ns)
        if self._alive and not self._recorder.draining:
            self._length, self._same = 0, True
            self._send(self._request)
        else:
            self.waiting = False
            self._waiter.switch(None)

    def _failure(self) -> str | None:
        status = self._status()
        if status != self._wanted_status and (self._wanted_status is not None or status >= _FAILED):
            return f"status_{status}"
        if self._wanted_body is not None and not (self._same and self._length == len(self._wanted_body)):
            return "wrong_body"
        if self._lengths is not None and not self._lengths[0] <= self._length <= self._lengths[1]:
            return "wrong_body"
        return None

    def _lost(self, failure: str, waited_ns: int) -> None:
        self._endpoint.lost(failure, waited_ns, waited_ns)
        self._waiter.switch(None)


class PacedConnection(HotConnection):
    """The same request whenever the pacer says so, until the connection is lost or nothing more falls due.

    Latency counts from when a request was due, however late it was sent.
    """

    def __init__(  # noqa: PLR0913  what the connection of a closed load needs, and the pacer
        self,
        server: ServerUrl,
        timeout_s: float,
        recorder: Recorder,
        pacer: Pacer,
        *,
        status: int | None,
        body: bytes | None,
        lengths: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(server, timeout_s, recorder, status=status, body=body, lengths=lengths)
        self._pacer = pacer
        self._due_ns = 0

    def run(self, request: bytes, endpoint: EndpointRecorder) -> None:
        self._request, self._endpoint = request, endpoint
        self._pacer.next(self._take)
        self._waiter.get()

    def close(self) -> None:
        self._pacer.leave(self._take)
        super().close()

    def _take(self, due_ns: int | None) -> None:
        if due_ns is None:
            self._waiter.switch(None)
        else:
            self._due_ns = due_ns
            self._length, self._same = 0, True
            self._send(self._request)

    def _answered(self, latency_ns: int) -> None:
        self.waiting = False
        self._pacer.done()
        failure = self._failure()
        if failure is None:
            from_due_ns = self._sent_ns - self._due_ns + latency_ns
            self._endpoint.right(from_due_ns, self._length, self._verifies, latency_ns, self._due_ns)
        else:
            self._endpoint.wrong(failure, latency_ns)
        if self._alive:
            self._pacer.next(self._take)
        else:
            self._waiter.switch(None)

    def _lost(self, failure: str, waited_ns: int) -> None:
        self._pacer.done()
        self._endpoint.lost(failure, self._sent_ns - self._due_ns + waited_ns, waited_ns)
        self._waiter.switch(None)

    def _left(self) -> None:
        self._waiter.switch(None)
