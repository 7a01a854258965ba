"""A load's seconds as bins that a picture has room for: rates are means, percentiles the worst second's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.analysis.load.service import stalled
from bench.model.load import LoadSample, Second, SilentPeriod


@dataclass(frozen=True)
class Bin:
    """From `at_s` on, for `seconds` (the last may be shorter): right answers and failures a second, latencies in ms.

    `stalled` is set when nothing at all came back in one of its whole seconds, and the service stalled then: slow
    requests leave some seconds without a response, too.
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
    seconds, stalls = sample.timeline, stalled(sample)
    width = max(1, -(-len(seconds) // most))
    starts = range(0, len(seconds), width)
    return tuple(_bin(sample.duration_s, start, seconds[start : start + width], stalls) for start in starts)


def _bin(duration_s: float, start: int, ones: Sequence[Second], stalls: Sequence[SilentPeriod]) -> Bin:
    covered_s = max(min(float(len(ones)), duration_s - start), 1e-3)
    silent = [at for at, one in enumerate(ones[: int(covered_s)], start) if not one.requests + one.errors]
    return Bin(
        at_s=float(start),
        seconds=covered_s,
        requests_per_s=sum(one.requests for one in ones) / covered_s,
        errors_per_s=sum(one.errors for one in ones) / covered_s,
        p50_ms=max((one.p50_ms for one in ones if one.p50_ms is not None), default=None),
        p99_ms=max((one.p99_ms for one in ones if one.p99_ms is not None), default=None),
        stalled=any(one.at_s < at + 1 and at < one.at_s + one.duration_s for at in silent for one in stalls),
    )
