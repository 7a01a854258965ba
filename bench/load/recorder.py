"""What the users of one Locust process observe: every latency as it was, every failure by its class.

It is taken away in batches, one a second: into Locust's own statistics, and while a stretch is being measured into
that as well. Recording costs a few appends; whatever is computed from it is computed in the taking.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Protocol

LONGEST_LINGER_S = 1.0
"""How long a user stays at most."""
UNSENT = "unsent"
"""The failure of a request that was due, and that no connection was free for until long after the end."""
_WAITED_IN_VAIN = ("timeout", UNSENT)


@dataclass
class Batch:
    """What one endpoint saw since the last taking. `latencies`, in nanoseconds, are those of right answers.

    A request that timed out, was never sent, or found no server when it was due, stands in `timeouts` with the time
    that it waited, and in `failures`. `failed_ns` is how long failed requests were on their way, added up.
    `answered` counts what came in full, right or wrong; of the right ones, `verified` those whose body was looked at.
    `services` are the times from the send of the right ones that were sent on a schedule, and not because the one
    before had been answered: their latencies count from when they were due. `early` are the latencies of those that
    had been due before the measured stretch, of which they say nothing.
    """

    method: str
    name: str
    latencies: array[int] = field(default_factory=lambda: array("q"))
    services: array[int] = field(default_factory=lambda: array("q"))
    early: array[int] = field(default_factory=lambda: array("q"))
    timeouts: array[int] = field(default_factory=lambda: array("q"))
    failures: Counter[str] = field(default_factory=Counter)
    failed_ns: int = 0
    answered: int = 0
    verified: int = 0
    body_bytes: int = 0


class Waiting(Protocol):
    """A connection, as far as the recorder knows one."""

    @property
    def waiting(self) -> bool:
        """Whether it has sent a request that isn't answered yet."""


class Recorder:
    """All endpoints and connections of one process. While `draining`, nothing is sent but what was due before."""

    def __init__(self) -> None:
        self._endpoints: dict[tuple[str, str], EndpointRecorder] = {}
        self._open: set[Waiting] = set()
        self.connections = 0
        self.reconnects = 0
        self.draining = False
        self.lingers = 0
        """How many users stay connected for the end of their last answer."""
        self.since_ns = 0
        """When the measured stretch began: what was due before belongs to the warm-up, whenever it is answered."""
        self._end_s = math.inf

    def drain(self) -> None:
        """From now on what is on its way is answered, and what was due is sent, but nothing else."""
        self.draining, self._end_s = True, perf_counter()

    def takes(self, due_s: float | None) -> bool:
        """Whether a request may still be sent, which should have been at `due_s`, or has to be now (None)."""
        return not self.draining or (due_s is not None and due_s <= self._end_s)

    def endpoint(self, method: str, name: str) -> EndpointRecorder:
        key = (method, name)
        if key not in self._endpoints:
            self._endpoints[key] = EndpointRecorder(method, name, self)
        return self._endpoints[key]

    def take(self) -> list[Batch]:
        """Everything recorded since the last taking."""
        return [endpoint.take() for endpoint in self._endpoints.values()]

    @property
    def answers(self) -> int:
        """How many answers have come since the last taking, right or wrong."""
        return sum(endpoint.answers for endpoint in self._endpoints.values())

    def opened(self, connection: Waiting, *, again: bool) -> None:
        """A user has connected: for the first time, or `again` after it lost its connection."""
        self._open.add(connection)
        if again:
            self.reconnects += 1
        else:
            self.connections += 1

    def closed(self, connection: Waiting) -> None:
        self._open.discard(connection)

    @contextmanager
    def lingering(self) -> Iterator[None]:
        """A user stays connected although it has its last answer: a load isn't over before."""
        self.lingers += 1
        try:
            yield
        finally:
            self.lingers -= 1

    @property
    def waiting(self) -> int:
        """How many requests are on their way."""
        return sum(connection.waiting for connection in self._open)


class EndpointRecorder:
    """Requests that go by one method and name."""

    def __init__(self, method: str, name: str, recorder: Recorder) -> None:
        self._batch = Batch(method, name)
        self._recorder = recorder

    def right(
        self,
        latency_ns: int,
        body_bytes: int,
        verified: bool,
        service_ns: int | None = None,
        due_ns: int | None = None,
    ) -> None:
        """A right answer; `verified` when its body was compared with the expected one, or passed a check.

        `service_ns` is given when the request was due at a moment, `due_ns`, and `latency_ns` counts from that.
        """
        batch = self._batch
        batch.body_bytes += body_bytes
        batch.answered += 1
        if due_ns is not None and due_ns < self._recorder.since_ns:
            batch.early.append(latency_ns)
            return
        batch.latencies.append(latency_ns)
        batch.verified += verified
        if service_ns is not None:
            batch.services.append(service_ns)

    @property
    def answers(self) -> int:
        """How many answers have come since the last taking, right or wrong."""
        return self._batch.answered

    def wrong(self, failure: str, service_ns: int = 0) -> None:
        """An answer that came in full and isn't the right one, `service_ns` after the send."""
        self._batch.failures[failure] += 1
        self._batch.failed_ns += service_ns
        self._batch.answered += 1

    def lost(self, failure: str, waited_ns: int = 0, service_ns: int = 0) -> None:
        """A request that got no answer, or wasn't even sent: it waited since it was due, and since its send."""
        self._batch.failures[failure] += 1
        self._batch.failed_ns += service_ns
        if failure in _WAITED_IN_VAIN or (failure == "connect" and waited_ns):
            self._batch.timeouts.append(waited_ns)

    def take(self) -> Batch:
        taken = self._batch
        self._batch = Batch(taken.method, taken.name)
        return taken
