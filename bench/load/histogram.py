"""Latencies as HdrHistograms: made from raw nanoseconds, merged without loss, read only as far as n supports it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from hdrh.histogram import HdrHistogram
from numpy.typing import ArrayLike

from bench.samples import Histogram

DIGITS = 3
LONGEST_NS = 60_000_000_000
BEYOND = 10
"""A percentile needs this many observations beyond it: a p99 needs 1,000 requests, a p99.9 10,000."""


def from_latencies(latencies_ns: ArrayLike) -> Histogram:
    """Every latency counted, to three significant digits; below 1 ns as 1 ns, above 60 s as 60 s.

    Raises ValueError for a negative one.
    """
    values = np.asarray(latencies_ns, dtype=np.int64)
    if values.size and values.min() < 0:
        raise ValueError("a latency can't be negative")
    counts = _empty()
    lowest = _lowest_equivalents(np.clip(values, 1, LONGEST_NS), counts.sub_bucket_count)
    for value, count in zip(*np.unique(lowest, return_counts=True), strict=True):
        counts.record_value(int(value), int(count))
    return _stored(counts, int(values.max()) if values.size else 0)


def merge(histograms: Iterable[Histogram]) -> Histogram:
    """All of them as one: their counts added up, so nothing is averaged. Of none at all: an empty one."""
    counts, longest_ns = _empty(), 0
    for histogram in histograms:
        counts.add(decode(histogram))
        longest_ns = max(longest_ns, histogram.longest_ns)
    return _stored(counts, longest_ns)


def decode(histogram: Histogram) -> HdrHistogram:
    """The library's own object. Raises ValueError when the text isn't one, or doesn't hold the count that it says."""
    try:
        counts = HdrHistogram.decode(histogram.encoded)
    except Exception as error:
        raise ValueError(f"not an HdrHistogram: {error}") from error
    if counts.get_total_count() != histogram.count:
        raise ValueError(f"the histogram holds {counts.get_total_count()} latencies, and says {histogram.count}")
    return counts


def percentile(histogram: Histogram, q: float) -> float | None:
    """The latency in ms that a share `q` of the requests stayed within; None when fewer than BEYOND lie beyond it.

    Raises ValueError for a `q` outside 0 to 1.
    """
    if not 0 < q < 1:
        raise ValueError(f"a percentile is between 0 and 1, got {q}")
    if histogram.count * (1 - q) < BEYOND - 1e-9:
        return None
    return float(decode(histogram).get_value_at_percentile(q * 100)) / 1e6


def _empty() -> HdrHistogram:
    return HdrHistogram(1, LONGEST_NS, DIGITS)


def _stored(counts: HdrHistogram, longest_ns: int) -> Histogram:
    encoded = counts.encode().decode("ascii")
    return Histogram(encoded=encoded, digits=DIGITS, count=counts.get_total_count(), longest_ns=longest_ns)


def _lowest_equivalents(values: np.ndarray[Any, np.dtype[np.int64]], sub_buckets: int) -> Any:
    """Each value rounded down to the lowest that shares its bucket: the leading bits that a bucket tells apart.

    Recording one by one takes the library about 2 µs each, and a run has a hundred thousand.
    """
    kept_bits = sub_buckets.bit_length() - 1
    dropped = np.maximum(np.frexp(values.astype(np.float64))[1] - kept_bits, 0)
    return values >> dropped << dropped
