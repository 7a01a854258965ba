"""Latencies as HdrHistograms: made from raw nanoseconds, merged without loss, read only as far as n supports it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np
from hdrh.histogram import HdrHistogram
from numpy.typing import ArrayLike

from bench.model.load import Histogram

DIGITS = 3
LONGEST_NS = 60_000_000_000
_KEPT_BITS = 11  # 2,048 sub-buckets tell three digits apart
_HALF = 2 ** (_KEPT_BITS - 1)
BEYOND = 10
"""A percentile needs this many observations beyond it: a p99 needs 1,000 requests, a p99.9 10,000."""


class LatencyCounter:
    """Latencies counted as they come, each in its bucket: a long load takes no more memory than a short one."""

    def __init__(self) -> None:
        self._counts = np.zeros(_bucket(np.array([LONGEST_NS]))[0] + 1, dtype=np.int64)
        self._longest_ns = 0

    def add(self, latencies_ns: ArrayLike) -> None:
        """Below 1 ns counts as 1 ns, above 60 s as 60 s. Raises ValueError for a negative one."""
        values = np.asarray(latencies_ns, dtype=np.int64)
        if not values.size:
            return
        if values.min() < 0:
            raise ValueError("a latency can't be negative")
        self._longest_ns = max(self._longest_ns, int(values.max()))
        self._counts += np.bincount(_bucket(np.clip(values, 1, LONGEST_NS)), minlength=len(self._counts))

    def histogram(self) -> Histogram:
        """What has come so far, to three significant digits."""
        counts = HdrHistogram(1, LONGEST_NS, DIGITS)
        for bucket in np.flatnonzero(self._counts):
            counts.record_value(_lowest_of(int(bucket)), int(self._counts[bucket]))
        return _stored(counts, self._longest_ns)


def from_latencies(latencies_ns: ArrayLike) -> Histogram:
    """Every latency counted, as `Tally` does it."""
    tally = LatencyCounter()
    tally.add(latencies_ns)
    return tally.histogram()


def merge(histograms: Iterable[Histogram]) -> Histogram:
    """All of them as one: their counts added up, so nothing is averaged. Of none at all: an empty one."""
    counts, longest_ns = HdrHistogram(1, LONGEST_NS, DIGITS), 0
    for histogram in histograms:
        counts.add(decode(histogram))
        longest_ns = max(longest_ns, histogram.longest_ns)
    return _stored(counts, longest_ns)


@lru_cache(maxsize=256)  # the library walks through every bucket, and several safeguards ask
def mean_ns(histogram: Histogram) -> float:
    """The mean of at least one latency."""
    return float(decode(histogram).get_mean_value())


def decode(histogram: Histogram) -> HdrHistogram:
    """The library's own object. Raises ValueError when the text isn't one, or doesn't hold the count that it says."""
    try:
        counts = HdrHistogram.decode(histogram.encoded)
    except Exception as error:
        raise ValueError(f"not an HdrHistogram: {error}") from error
    if counts.get_total_count() != histogram.count:
        raise ValueError(f"the histogram has {counts.get_total_count()} latencies, but its count is {histogram.count}")
    return counts


def percentile(histogram: Histogram, q: float) -> float | None:
    """The latency in ms that a share `q` of the requests stayed within; None when fewer than BEYOND lie beyond it.

    Raises ValueError for a `q` outside 0 to 1.
    """
    if not 0 < q < 1:
        raise ValueError(f"a percentile must be between 0 and 1, got {q}")
    if histogram.count * (1 - q) < BEYOND - 1e-9:
        return None
    return float(decode(histogram).get_value_at_percentile(q * 100)) / 1e6


def share_within(histogram: Histogram, limit_ms: float) -> float:
    """The share of the latencies that are at most `limit_ms`, to the histogram's three digits; 0 of none."""
    counts = decode(histogram)
    within = sum(
        step.count_added_in_this_iter_step
        for step in counts.get_recorded_iterator()
        if step.value_iterated_to <= counts.get_highest_equivalent_value(round(limit_ms * 1e6))
    )
    return within / histogram.count if histogram.count else 0.0


def _stored(counts: HdrHistogram, longest_ns: int) -> Histogram:
    encoded = counts.encode().decode("ascii")
    return Histogram(encoded=encoded, digits=DIGITS, count=counts.get_total_count(), longest_ns=longest_ns)


def _bucket(values: np.ndarray[Any, np.dtype[np.int64]]) -> Any:
    """The bucket of each value of an HdrHistogram of three digits: its 11 leading bits, and how many more it has.

    All at once: recording one by one takes the library about 2 µs each, and a fast server answers 40,000 a second.
    """
    dropped = np.maximum(np.frexp(values.astype(np.float64))[1] - _KEPT_BITS, 0)
    return dropped * _HALF + (values >> dropped)


def _lowest_of(bucket: int) -> int:
    """The lowest value of a bucket."""
    dropped = max(bucket // _HALF - 1, 0)
    return int((bucket - dropped * _HALF) << dropped)
