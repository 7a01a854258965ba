"""Latencies as HdrHistograms: made from raw nanoseconds, merged without loss, read only as far as n supports it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from hdrh.histogram import HdrHistogram
from numpy.typing import ArrayLike, NDArray

from bench.model.load import Histogram

DIGITS = 3
LONGEST_NS = 60_000_000_000
_KEPT_BITS = 11  # 2,048 sub-buckets tell three digits apart
_HALF = 2 ** (_KEPT_BITS - 1)
_BUCKETS = HdrHistogram(1, LONGEST_NS, DIGITS).counts_len
BEYOND = 10
"""A percentile needs this many observations beyond it: a p99 needs 1,000 requests, a p99.9 10,000."""


class LatencyCounter:
    """Latencies counted as they come, each in its bucket: a long load takes no more memory than a short one."""

    def __init__(self) -> None:
        self._counts = np.zeros(_BUCKETS, dtype=np.int64)
        self._longest_ns = 0

    def add(self, latencies_ns: ArrayLike) -> None:
        """Below 1 ns counts as 1 ns, above 60 s as 60 s. Raises ValueError for a negative one."""
        values = np.asarray(latencies_ns, dtype=np.int64)
        if not values.size:
            return
        if values.min() < 0:
            raise ValueError("a latency can't be negative")
        self._longest_ns = max(self._longest_ns, int(values.max()))
        self._counts += np.bincount(_bucket(np.clip(values, 1, LONGEST_NS)), minlength=_BUCKETS)

    def histogram(self) -> Histogram:
        """What has come so far, to three significant digits."""
        return _stored(self._counts, self._longest_ns)


def sparse(latencies_ns: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The buckets that latencies fall into, in order, and how many fall into each: little enough to keep by second."""
    values = np.clip(np.asarray(latencies_ns, dtype=np.int64), 1, LONGEST_NS)
    buckets, counts = np.unique(_bucket(values), return_counts=True)
    return buckets, counts.astype(np.int64)


def nearest_rank(buckets: ArrayLike, counts: ArrayLike, q: float) -> float | None:
    """The latency in ms at the rank that `q` comes to, of sparse counts in any order; None of nothing.

    Unlike `percentile` it asks for no observations beyond it, so it describes these few latencies and nothing else.
    """
    where, many = np.asarray(buckets, dtype=np.int64), np.asarray(counts, dtype=np.int64)
    if not many.sum():
        return None
    order = np.argsort(where, kind="stable")
    rank = max(math.ceil(q * many.sum()), 1)
    bucket = int(where[order][np.searchsorted(many[order].cumsum(), rank)])
    return float(_lowest_of(bucket) + _width_of(bucket) - 1) / 1e6


def from_latencies(latencies_ns: ArrayLike) -> Histogram:
    """Every latency counted, as `LatencyCounter` does it."""
    counter = LatencyCounter()
    counter.add(latencies_ns)
    return counter.histogram()


def merge(histograms: Iterable[Histogram]) -> Histogram:
    """All of them as one: their counts added up, so nothing is averaged. Of none at all: an empty one."""
    counts, longest_ns = np.zeros(_BUCKETS, dtype=np.int64), 0
    for histogram in histograms:
        counts += _counts(histogram)
        longest_ns = max(longest_ns, histogram.longest_ns)
    return _stored(counts, longest_ns)


def mean_ns(histogram: Histogram) -> float:
    """The mean of at least one latency: of each bucket its middle."""
    counts = _counts(histogram)
    buckets = np.flatnonzero(counts)
    return float(np.average(_lowest_of(buckets) + (_width_of(buckets) >> 1), weights=counts[buckets]))


def deviation_ns(histogram: Histogram) -> float:
    """The standard deviation of at least one latency, as `mean_ns` takes them."""
    counts, mean = _counts(histogram), mean_ns(histogram)
    buckets = np.flatnonzero(counts)
    squares = (_lowest_of(buckets) + (_width_of(buckets) >> 1) - mean) ** 2
    return math.sqrt(np.average(squares, weights=counts[buckets]))


@dataclass(frozen=True)
class PercentileStep:
    """At most `value_ns` took `count` of the latencies: the first bucket that reaches a `share` of them."""

    share: float
    value_ns: int
    count: int


def percentile_steps(histogram: Histogram, ticks: int = 5) -> Iterator[PercentileStep]:
    """Of at least one latency, from the shortest to the longest, with `ticks` in each half of the way that is left.

    As the library's own iterator, which walks through all buckets one by one: half a second for each histogram.
    """
    counts = _counts(histogram)
    buckets = np.flatnonzero(counts)
    reached = counts[buckets].cumsum()
    percentiles, highest = 100.0 * reached / reached[-1], _lowest_of(buckets) + _width_of(buckets) - 1
    at, percentile = 0, 0.0
    while True:
        yield PercentileStep(percentile / 100, int(highest[at]), int(reached[at]))
        if reached[at] == reached[-1]:
            break
        half_distance = 2 ** (math.log(100 / (100.0 - percentile)) / math.log(2) + 1)
        percentile += 100.0 / (ticks * half_distance)
        at = int(np.searchsorted(percentiles, percentile))
    yield PercentileStep(1.0, int(highest[-1]), int(reached[-1]))


def decode(histogram: Histogram) -> HdrHistogram:
    """The library's own object. Raises ValueError when the text isn't one, or doesn't hold the count that it says."""
    try:
        counts = HdrHistogram.decode(histogram.encoded)
    except Exception as error:
        raise ValueError(f"not an HdrHistogram: {error}") from error
    if counts.counts_len != _BUCKETS:
        raise ValueError("the histogram doesn't have the buckets of three digits up to 60 s")
    if counts.get_total_count() != histogram.count:
        raise ValueError(f"the histogram has {counts.get_total_count()} latencies, but its count is {histogram.count}")
    return counts


def percentile(histogram: Histogram, q: float, failed: int = 0) -> float | None:
    """The latency in ms that a share `q` of the requests stayed within; None when fewer than BEYOND lie beyond it.

    Of the requests, `failed` more took longer than every latency here: where the share reaches those, it is infinite.
    Raises ValueError for a `q` outside 0 to 1.
    """
    if not 0 < q < 1:
        raise ValueError(f"a percentile must be between 0 and 1, got {q}")
    total = histogram.count + failed
    if total * (1 - q) < BEYOND - 1e-9:
        return None
    rank = max(int(q * total + 0.5), 1)
    if rank > histogram.count:
        return math.inf
    counts = _counts(histogram)
    bucket = int(np.searchsorted(counts.cumsum(), rank))
    return float(_lowest_of(bucket) + _width_of(bucket) - 1) / 1e6


def share_within(histogram: Histogram, limit_ms: float, failed: int = 0) -> float:
    """The share of the latencies, and of `failed` requests beside them, that are at most `limit_ms`, to the histogram's
    three digits; 0 of none."""
    last = int(_bucket(np.array([round(limit_ms * 1e6)]))[0])
    total = histogram.count + failed
    return float(_counts(histogram)[: last + 1].sum()) / total if total else 0.0


@lru_cache(maxsize=32)  # a document asks the same one for many percentiles in a row; each holds 0.2 MB
def _counts(histogram: Histogram) -> NDArray[np.int64]:
    """How many latencies lie in each bucket. The library would walk through them one by one: 1 ms for a percentile."""
    counts = np.array(decode(histogram).counts, dtype=np.int64)
    counts.flags.writeable = False
    return counts


def _stored(counts: NDArray[np.int64], longest_ns: int) -> Histogram:
    library = HdrHistogram(1, LONGEST_NS, DIGITS)
    filled = np.flatnonzero(counts)
    if filled.size:
        np.frombuffer(library.counts, dtype=np.int64)[:] = counts
        library.set_internal_tacking_values(int(filled[0]), int(filled[-1]), int(counts.sum()))
    encoded = library.encode().decode("ascii")
    return Histogram(encoded=encoded, digits=DIGITS, count=int(counts.sum()), longest_ns=longest_ns)


def _bucket(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """The bucket of each value of an HdrHistogram of three digits: its 11 leading bits, and how many more it has.

    All at once: recording one by one takes the library about 2 µs each, and a fast server answers 40,000 a second.
    """
    dropped = np.maximum(np.frexp(values.astype(np.float64))[1] - _KEPT_BITS, 0)
    buckets: NDArray[np.int64] = dropped * _HALF + (values >> dropped)
    return buckets


def _lowest_of(buckets: Any) -> Any:
    """The lowest value of each bucket."""
    dropped = np.maximum(buckets // _HALF - 1, 0)
    return (buckets - dropped * _HALF) << dropped


def _width_of(buckets: Any) -> Any:
    """How many values share each bucket."""
    return 1 << np.maximum(buckets // _HALF - 1, 0)
