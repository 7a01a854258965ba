"""What several processes of a client saw, as if it had been one: counts add up, histograms merge without loss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from bench.load.messages import Outcome, WorkerReport
from bench.load.timeline import merged, silent_in_all
from bench.model.load import EndpointSample, OpenLoad
from bench.serving.reading import Reading
from bench.stats import histogram


def outcome(parts: Sequence[WorkerReport], readings: Sequence[Reading], workers: int, joined: int = 0) -> Outcome:
    """Of those of the `workers` that reported; `joined` came when the others had begun. Raises ValueError when nobody
    reported."""
    if not parts:
        raise ValueError("there is no part to merge")
    # One that gave up alone saw less of the time than the others: its part can't be added to theirs.
    parts = [part for part in parts if part.gave_up is None] or parts
    endpoints = _endpoints(parts)
    starts_s = [part.began_at_s for part in parts]
    return Outcome(
        begin_s=min(part.begin_s for part in parts),
        began_at_s=min(starts_s),
        duration_s=sum(part.duration_s for part in parts) / len(parts),
        requests=sum(part.requests for part in parts),
        per_second=tuple(map(sum, zip_longest(*(part.per_second for part in parts), fillvalue=0))),
        timeline=merged(part.seconds for part in parts),
        silent=silent_in_all([part.silent for part in parts]),
        gave_up=next((part.gave_up for part in parts if part.gave_up), None),
        errors=_errors(part.errors for part in parts),
        failed_s=sum(part.failed_s for part in parts),
        latency=histogram.merge(endpoint.latency for endpoint in endpoints),
        endpoints=endpoints,
        verified=sum(part.verified for part in parts),
        connections=sum(part.connections for part in parts),
        reconnects=sum(part.reconnects for part in parts),
        client_requests=sum(part.client_requests for part in parts),
        client_cpu_s=sum(part.client_cpu_s for part in parts),
        client_waited_s=max(part.client_waited_s for part in parts),
        under_way=sum(part.under_way for part in parts),
        client_grown_mb=max(part.client_grown_mb for part in parts),
        open=_open([part.open for part in parts if part.open is not None]),
        workers=workers,
        lost_workers=workers - len(parts),
        joined_workers=joined,
        starts_apart_s=max(starts_s) - min(starts_s),
        readings=tuple(readings),
    )


def _endpoints(parts: Sequence[WorkerReport]) -> tuple[EndpointSample, ...]:
    """By method and name; a method is named only where a path has several."""
    by_name: dict[str, list[EndpointSample]] = {}
    for endpoint in (endpoint for part in parts for endpoint in part.endpoints):
        by_name.setdefault(endpoint.name, []).append(endpoint)
    alone = Counter(name.partition(" ")[2] for name in by_name)
    return tuple(
        EndpointSample(
            name=name if alone[name.partition(" ")[2]] > 1 else name.partition(" ")[2],
            requests=sum(one.requests for one in ones),
            errors=_errors(one.errors for one in ones),
            latency=histogram.merge(one.latency for one in ones),
            verified=sum(one.verified for one in ones),
        )
        for name, ones in by_name.items()
    )


def _open(parts: Sequence[OpenLoad]) -> OpenLoad | None:
    if not parts:
        return None
    return parts[0].model_copy(
        update={
            "offered": sum(part.offered for part in parts),
            "due": sum(part.due for part in parts),
            "ended": sum(part.ended for part in parts),
            "unsent": sum(part.unsent for part in parts),
            "service": histogram.merge(part.service for part in parts),
            "lag": histogram.merge(part.lag for part in parts),
        }
    )


def _errors(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    return dict(sum((Counter(errors) for errors in parts), Counter()))
