"""The safeguards of windows behind servers that differ in their settings."""

from __future__ import annotations

from collections.abc import Callable

from bench.model.run import Check
from bench.model.server_layers import ServerSample

_ASKED_LEAST = 5


def answered_rightly(sample: ServerSample) -> Check:
    """A setting must not change what is answered."""
    wrong = ", ".join(f"{count} {kind}" for kind, count in sample.errors.items())
    said = wrong or f"{sample.verified} responses compared, same as the app's own"
    return Check(name="same responses by all servers", passed=not wrong and sample.verified > 0, evidence=said)


def counted_alike(sample: ServerSample) -> Check:
    """CPU is divided by what the client counted: the servers must have counted the same."""
    said = f"{sample.client_requests:,} by the client, {sample.server_requests:,} by the servers"
    alike = sample.client_requests + sum(sample.errors.values()) == sample.server_requests
    return Check(name="requests counted alike", passed=alike, evidence=said)


def enough_asked(sample: ServerSample) -> Check:
    """The first and the last requests of a window have fewer beside them than the others."""
    asked = min(one.requests for one in (sample.bare, *sample.variants.values()))
    said = f"{asked:,} in each window, {sample.users} concurrent"
    return Check(name="enough requests", passed=asked >= _ASKED_LEAST * sample.users, evidence=said)


SERVER_SAFEGUARDS: tuple[Callable[[ServerSample], Check], ...] = (answered_rightly, counted_alike, enough_asked)
