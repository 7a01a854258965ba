"""Second by second what came back in the measured interval, and when nothing did; merged over client processes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from bench.load.messages import SecondCounts
from bench.load.recorder import Batch
from bench.model.load import Second, SilentPeriod
from bench.stats.histogram import nearest_rank, sparse

SHORTEST_SILENCE_S = 0.1
_KEPT = 20
_EMPTY = SecondCounts(requests=0, errors=0, buckets=(), counts=())


class Timeline:
    """One process's seconds, of a few kB each, so that a load of hours fits into memory."""

    def __init__(self) -> None:
        self._seconds: list[tuple[int, NDArray[np.int32], NDArray[np.int32]]] = []

    def add(self, batches: Sequence[Batch]) -> None:
        """What was taken at the end of a second."""
        right = [np.asarray(one, dtype=np.int64) for batch in batches for one in (batch.latencies, batch.early)]
        buckets, counts = sparse(np.concatenate(right) if right else ())
        errors = sum(batch.failures.total() for batch in batches)
        self._seconds.append((errors, buckets.astype(np.int32), counts.astype(np.int32)))

    def seconds(self) -> tuple[SecondCounts, ...]:
        return tuple(
            SecondCounts(
                requests=int(counts.sum()),
                errors=errors,
                buckets=tuple(buckets.tolist()),
                counts=tuple(counts.tolist()),
            )
            for errors, buckets, counts in self._seconds
        )


class Silence:
    """Finds periods in which requests were on their way and no answer came, from looks at a process's counts."""

    def __init__(self, begin_s: float) -> None:
        self._begin_s = begin_s
        self._since_s = self._looked_s = begin_s
        self._answers = 0
        self._found: list[SilentPeriod] = []

    def look(self, now_s: float, waiting: int, answers: int) -> None:
        """`answers` is a count that goes up with each answer. A look that comes late is of a client that stood still,
        which says nothing of the server."""
        late = now_s - self._looked_s >= SHORTEST_SILENCE_S
        if late or not waiting or answers != self._answers:
            self._close(self._looked_s)
            self._since_s, self._answers = now_s, answers
        self._looked_s = now_s

    def periods(self, end_s: float) -> tuple[SilentPeriod, ...]:
        """The longest ones, by when they began."""
        self._close(end_s)
        longest = sorted(self._found, key=lambda one: -one.duration_s)[:_KEPT]
        return tuple(sorted(longest, key=lambda one: one.at_s))

    def _close(self, now_s: float) -> None:
        """The silence that lasted until then, if there was one."""
        if now_s - self._since_s >= SHORTEST_SILENCE_S:
            at_s = self._since_s - self._begin_s
            self._found.append(SilentPeriod(at_s=round(at_s, 3), duration_s=round(now_s - self._since_s, 3)))


def merged(parts: Iterable[Sequence[SecondCounts]]) -> tuple[Second, ...]:
    """The seconds of all processes: counts add up, percentiles are of all latencies together."""
    return tuple(_second(ones) for ones in zip_longest(*parts, fillvalue=_EMPTY))


def silent_in_all(parts: Sequence[Sequence[SilentPeriod]]) -> tuple[SilentPeriod, ...]:
    """The periods in which no process had an answer."""
    found = list(parts[0]) if parts else []
    for others in parts[1:]:
        found = [common for one in found for other in others if (common := _common(one, other)) is not None]
    return tuple(found)


def _second(ones: Sequence[SecondCounts]) -> Second:
    buckets = [bucket for one in ones for bucket in one.buckets]
    counts = [count for one in ones for count in one.counts]
    p50_ms, p99_ms = (nearest_rank(buckets, counts, q) for q in (0.5, 0.99))
    return Second(
        requests=sum(one.requests for one in ones),
        errors=sum(one.errors for one in ones),
        p50_ms=None if p50_ms is None else round(p50_ms, 3),
        p99_ms=None if p99_ms is None else round(p99_ms, 3),
    )


def _common(one: SilentPeriod, other: SilentPeriod) -> SilentPeriod | None:
    at_s = max(one.at_s, other.at_s)
    duration_s = min(one.at_s + one.duration_s, other.at_s + other.duration_s) - at_s
    if duration_s < SHORTEST_SILENCE_S:
        return None
    return SilentPeriod(at_s=round(at_s, 3), duration_s=round(duration_s, 3))
