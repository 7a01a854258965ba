"""Connections that repeat one request, driven by the hub alone: no greenlet wakes up between two requests."""

from __future__ import annotations

from bench.load.answer_reader import AnswerReader
from bench.load.connection import Connection
from bench.load.pacer import Pacer
from bench.load.recorder import EndpointRecorder, Recorder
from bench.serving.address import ServerUrl


class HotConnection(Connection):
    """One request, back to back, until the connection is lost or the recorder drains: no greenlet in between.

    Its `reader` says which answers are right.
    """

    def __init__(self, server: ServerUrl, timeout_s: float, recorder: Recorder, reader: AnswerReader) -> None:
        super().__init__(server, timeout_s, reader)
        self._recorder = recorder

    def run(self, request: bytes, endpoint: EndpointRecorder) -> None:
        """Blocks the calling greenlet until it is over."""
        if self._recorder.draining:  # since it began to connect
            return
        self._request, self._endpoint = request, endpoint
        self._send(request)
        self._waiter.get()

    def _answered(self, latency_ns: int) -> None:
        status = self._status()
        failure = self._reader.failure(status)
        if failure is None:
            self._endpoint.right(latency_ns, self._reader.length, self._reader.verified)
        else:
            self._endpoint.wrong(failure, latency_ns)
        if self._alive and not self._recorder.draining and not self._reader.last(status):
            self._reader.begin()
            self._send(self._request)
        else:
            self.waiting = False
            self._waiter.switch(None)

    def _lost(self, failure: str, waited_ns: int) -> None:
        self._endpoint.lost(failure, waited_ns, waited_ns)
        self._waiter.switch(None)


class PacedConnection(HotConnection):
    """The same request whenever the pacer says so, until the connection is lost or nothing more falls due.

    Latency counts from when a request was due, however late it was sent.
    """

    def __init__(
        self, server: ServerUrl, timeout_s: float, recorder: Recorder, reader: AnswerReader, pacer: Pacer
    ) -> None:
        super().__init__(server, timeout_s, recorder, reader)
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
            self._reader.begin()
            self._send(self._request)

    def _answered(self, latency_ns: int) -> None:
        self.waiting = False
        self._pacer.done()
        status = self._status()
        failure = self._reader.failure(status)
        if failure is None:
            from_due_ns = self._sent_ns - self._due_ns + latency_ns
            reader = self._reader
            self._endpoint.right(from_due_ns, reader.length, reader.verified, latency_ns, self._due_ns)
        else:
            self._endpoint.wrong(failure, latency_ns)
        if self._alive and not self._reader.last(status):
            self._pacer.next(self._take)
        else:
            self._waiter.switch(None)

    def _lost(self, failure: str, waited_ns: int) -> None:
        self._pacer.done()
        self._endpoint.lost(failure, self._sent_ns - self._due_ns + waited_ns, waited_ns)
        self._waiter.switch(None)

    def _left(self) -> None:
        self._waiter.switch(None)
