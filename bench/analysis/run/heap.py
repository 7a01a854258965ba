"""The lines that hold memory, and how a heap grows per request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bench.model.heap import HeapSample
from bench.profiles.folded import Stack, layers, owners
from bench.stats.leak_slope import Growth, growth

BLOCKS = 6
LEAST_GROWTH, LEAST_SERVED_GROWTH = 16.0, 64.0
"""Bytes a request below which growth is no leak: a counter that gets longer, say, or what the server itself keeps."""
LEAST_SERVED = 1000
"""So many requests of a launch at least, after the first of them, say something of its resident memory."""


@dataclass(frozen=True)
class AllocationLine:
    """A line that allocates: whose it is, its layer, and its bytes. `caller` is the nearest function that isn't the
    standard library's."""

    name: str
    caller: str
    layer: str
    size: int

    @property
    def by_itself(self) -> bool:
        """Whether the line is its caller's own."""
        return self.name == self.caller or self.name.startswith(f"{self.caller}:")


def lines(held: Iterable[tuple[Stack, int]]) -> list[AllocationLine]:
    """By line, the largest first."""
    found: Counter[tuple[str, str, str]] = Counter()
    for stack, size in held:
        called = owners(stack[:-1])
        found[stack[-1], called[-1] if called else stack[-1], layers(stack)[-1]] += size
    return [AllocationLine(*where, size) for where, size in found.most_common()]


def grown(sample: HeapSample) -> Growth | None:
    """Live bytes that a request leaves behind in process; None of a case that wasn't asked for them."""
    each = sample.block_requests
    if each is None:
        return None
    launches = [[(block * each, live) for block, live in enumerate(found)] for found in sample.live_bytes]
    return growth(launches, LEAST_GROWTH)


def served_grown(sample: HeapSample) -> Growth | None:
    """Resident bytes that a request leaves behind, served under load; None where too few requests were answered."""
    if any(one.requests[-1] - one.requests[0] < LEAST_SERVED for one in sample.served):
        return None
    launches = [list(zip(one.requests, one.rss_bytes, strict=True)) for one in sample.served]
    return growth(launches, LEAST_SERVED_GROWTH)
