"""A load's seconds as bins that a picture has room for: rates are means, percentiles the worst second's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.model.load import LoadSample, Second


@dataclass(frozen=True)
class Bin:
    """From `at_s` on, for `seconds` (the last may be shorter): right answers and failures a second, latencies in ms.

    `stalled` is set when nothing at all came back in one of its whole seconds.
    """

    at_s: float
    seconds: float
    requests_per_s: float
    errors_per_s: float
    p50_ms: float | None
    p99_ms: float | None
    stalled: bool


def bins(sample: LoadSample, most: int) -> tuple[Bin, ...]:
    """At most so many, of a whole number of seconds each."""
    seconds = sample.timeline
    width = max(1, -(-len(seconds) // most))
    return tuple(_bin(sample, start, seconds[start : start + width]) for start in range(0, len(seconds), width))


def _bin(sample: LoadSample, start: int, ones: Sequence[Second]) -> Bin:
    covered_s = max(min(float(len(ones)), sample.duration_s - start), 1e-3)
    whole = ones[: max(1, int(covered_s))]
    return Bin(
        at_s=float(start),
        seconds=covered_s,
        requests_per_s=sum(one.requests for one in ones) / covered_s,
        errors_per_s=sum(one.errors for one in ones) / covered_s,
        p50_ms=max((one.p50_ms for one in ones if one.p50_ms is not None), default=None),
        p99_ms=max((one.p99_ms for one in ones if one.p99_ms is not None), default=None),
        stalled=covered_s >= 1 and any(not one.requests + one.errors for one in whole),
    )
