"""What a stretch's batches say of each endpoint: the requests of a scenario that go by one name."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence

from bench.load.histogram import from_latencies
from bench.load.recorder import Batch
from bench.samples import EndpointSample


def requests(batches: Sequence[Batch]) -> int:
    """How many were answered rightly."""
    return sum(len(batch.latencies) for batch in batches)


def unscheduled(batches: Sequence[Batch]) -> int:
    """How many of those were sent because the one before had been answered: the rate of the others says nothing of the
    server, and comes in bursts after a stall."""
    return requests(batches) - sum(batch.scheduled for batch in batches)


def failures(batches: Sequence[Batch]) -> Counter[str]:
    """How many went wrong, by their class."""
    return sum((batch.failures for batch in batches), Counter())


def endpoint_samples(within: Sequence[Batch], late: Sequence[Batch]) -> tuple[EndpointSample, ...]:
    """One for each endpoint, in the order in which they were first asked. `late` came after the stretch's end."""
    keys = list(dict.fromkeys((batch.method, batch.name) for batch in (*within, *late)))
    methods = Counter(name for _, name in keys)
    return tuple(
        _sample(
            name if methods[name] == 1 else f"{method} {name}",
            [batch for batch in within if (batch.method, batch.name) == (method, name)],
            [batch for batch in late if (batch.method, batch.name) == (method, name)],
        )
        for method, name in keys
    )


def _sample(name: str, within: list[Batch], late: list[Batch]) -> EndpointSample:
    return EndpointSample(
        name=name,
        requests=requests(within),
        errors=dict(failures(within + late)),
        latency=from_latencies(_latencies(within + late)),
        verified=sum(batch.verified for batch in within),
    )


def _latencies(batches: list[Batch]) -> array[int]:
    """Of every request that was answered rightly or timed out, also after the end edge if it was sent before it:
    without those, a server that stalls across the edge would look fast."""
    latencies = array("q")
    for batch in batches:
        latencies.extend(batch.latencies)
        latencies.extend(batch.timeouts)
    return latencies
