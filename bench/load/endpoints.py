"""What a stretch says of each endpoint, the requests of a scenario that go by one name, as its batches come in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bench.load.recorder import Batch
from bench.model.load import EndpointSample, Histogram
from bench.stats.histogram import LatencyCounter


def requests(batches: Sequence[Batch]) -> int:
    """How many were answered rightly."""
    return sum(len(batch.latencies) for batch in batches)


def unscheduled(batches: Sequence[Batch]) -> int:
    """How many of those were sent because the one before had been answered: the rate of the others says nothing of the
    server, and comes in bursts after a stall."""
    return requests(batches) - sum(len(batch.services) for batch in batches)


def failures(batches: Sequence[Batch]) -> Counter[str]:
    """How many went wrong, by their class."""
    return sum((batch.failures for batch in batches), Counter())


class Endpoints:
    """All endpoints of a stretch, in the order in which they were first asked."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[str, str], _EndpointTally] = {}
        self._service = LatencyCounter()
        self.requests = 0
        self.verified = 0
        self.errors: Counter[str] = Counter()
        self._failed_ns = 0

    def add(self, batches: Sequence[Batch], *, late: bool = False) -> None:
        """`late` is what came after the stretch's end. What had been sent before it has a latency, and no part in the
        rate: without that, a server that stalls across the edge would look fast."""
        for batch in batches:
            if batch.latencies or batch.failures:
                self._by_key.setdefault((batch.method, batch.name), _EndpointTally()).add(batch, late)
            self._service.add(batch.services)
        self.errors += failures(batches)
        self._failed_ns += sum(batch.failed_ns for batch in batches)
        if not late:
            self.requests += requests(batches)
            self.verified += sum(batch.verified for batch in batches)

    @property
    def only(self) -> tuple[str, str] | None:
        """Method and name, when there is only one."""
        return next(iter(self._by_key)) if len(self._by_key) == 1 else None

    @property
    def failed_s(self) -> float:
        """How long the failed ones were on their way, added up."""
        return self._failed_ns / 1e9

    @property
    def service(self) -> Histogram:
        """From the send, of what was sent on a schedule."""
        return self._service.histogram()

    def samples(self) -> tuple[EndpointSample, ...]:
        """Named with their methods, until it is known which of them all processes saw."""
        return tuple(endpoint.sample(f"{method} {name}") for (method, name), endpoint in self._by_key.items())


class _EndpointTally:
    def __init__(self) -> None:
        self._latency = LatencyCounter()
        self._requests = 0
        self._verified = 0
        self._errors: Counter[str] = Counter()

    def add(self, batch: Batch, late: bool) -> None:
        self._latency.add(batch.latencies)
        self._errors += batch.failures
        if not late:
            self._requests += len(batch.latencies)
            self._verified += batch.verified

    def sample(self, name: str) -> EndpointSample:
        return EndpointSample(
            name=name,
            requests=self._requests,
            errors=dict(self._errors),
            latency=self._latency.histogram(),
            verified=self._verified,
        )
