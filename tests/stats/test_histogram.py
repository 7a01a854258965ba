"""Histograms lose nothing that they promise to keep, and say nothing that n can't support."""

from __future__ import annotations

import math

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.stats.histogram import (
    BEYOND,
    DIGITS,
    LONGEST_NS,
    decode,
    deviation_ns,
    from_latencies,
    mean_ns,
    merge,
    percentile,
    percentile_steps,
    share_within,
)

latencies = st.lists(st.integers(1, LONGEST_NS), max_size=60)
many_latencies = st.lists(st.integers(1, LONGEST_NS), min_size=BEYOND * 2, max_size=200)


@given(latencies)
def test_recording_at_once_equals_recording_one_by_one(values: list[int]) -> None:
    one_by_one = HdrHistogram(1, LONGEST_NS, DIGITS)
    for value in values:
        one_by_one.record_value(value)
    assert decode(from_latencies(values)).encode() == one_by_one.encode()


@given(st.lists(latencies, max_size=4))
def test_merging_equals_recording_everything_in_one(parts: list[list[int]]) -> None:
    everything = [value for part in parts for value in part]
    assert merge(from_latencies(part) for part in parts) == from_latencies(everything)


@given(latencies)
def test_every_latency_is_counted_and_the_longest_kept_exactly(values: list[int]) -> None:
    histogram = from_latencies(values)
    assert histogram.count == len(values)
    assert histogram.longest_ns == max(values, default=0)


@settings(max_examples=15)  # the library walks through every bucket
@given(st.lists(st.integers(1, LONGEST_NS), min_size=1, max_size=60))
def test_the_steps_of_a_distribution_and_its_deviation_are_the_librarys(values: list[int]) -> None:
    histogram = from_latencies(values)
    library = decode(histogram)
    steps = [(one.share, one.value_ns, one.count) for one in percentile_steps(histogram)]
    assert steps == [
        (one.percentile_level_iterated_to / 100, one.value_iterated_to, one.total_count_to_this_value)
        for one in library.get_percentile_iterator(5)
    ]
    assert deviation_ns(histogram) == pytest.approx(library.get_stddev(), rel=1e-9)


@given(many_latencies, st.floats(0.01, 0.99))
def test_a_percentile_is_exact_to_three_digits_or_absent(values: list[int], q: float) -> None:
    found = percentile(from_latencies(values), q)
    if len(values) * (1 - q) < BEYOND - 1e-6:
        assert found is None
    elif found is not None:
        rank = max(1, int(q * 100 * len(values) / 100 + 0.5))
        exact_ms = sorted(values)[rank - 1] / 1e6
        assert math.isclose(found, exact_ms, rel_tol=1.1 * 10**-DIGITS, abs_tol=1e-6)


@settings(max_examples=20)  # the library walks through every bucket
@given(many_latencies, st.sampled_from([0.5, 0.9, 0.95]), st.integers(1, LONGEST_NS))
def test_what_is_read_from_the_counts_is_what_the_library_reads(values: list[int], q: float, limit_ns: int) -> None:
    histogram = from_latencies(values)
    library = decode(histogram)
    highest = library.get_highest_equivalent_value(round(limit_ns / 1e6 * 1e6))
    within = sum(
        step.count_added_in_this_iter_step
        for step in library.get_recorded_iterator()
        if step.value_iterated_to <= highest
    )
    assert percentile(histogram, q) in {None, library.get_value_at_percentile(q * 100) / 1e6}
    assert mean_ns(histogram) == pytest.approx(library.get_mean_value(), rel=1e-12)
    assert share_within(histogram, limit_ns / 1e6) == within / len(values)


def test_a_percentile_needs_ten_observations_beyond_it() -> None:
    assert percentile(from_latencies([1_000_000] * 999), 0.99) is None
    assert percentile(from_latencies([1_000_000] * 1000), 0.99) == pytest.approx(1.0, rel=1e-3)


def test_latencies_beyond_a_minute_are_counted_and_the_longest_is_still_known() -> None:
    histogram = from_latencies([2 * LONGEST_NS])
    assert (histogram.count, histogram.longest_ns) == (1, 2 * LONGEST_NS)


def test_nothing_has_no_percentile() -> None:
    nothing = merge([])
    assert nothing.count == 0
    assert percentile(nothing, 0.5) is None


def test_a_negative_latency_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        from_latencies([5, -1])


@pytest.mark.parametrize("q", [0.0, 1.0, 99.0])
def test_a_percentile_outside_nought_to_one_is_refused(q: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        percentile(from_latencies([1]), q)


def test_text_that_is_no_histogram_is_refused() -> None:
    with pytest.raises(ValueError, match="not an HdrHistogram"):
        decode(from_latencies([1]).model_copy(update={"encoded": "bm90aGluZw=="}))


def test_a_histogram_of_another_resolution_is_refused() -> None:
    coarse = HdrHistogram(1, LONGEST_NS, DIGITS - 1)
    coarse.record_value(1)
    with pytest.raises(ValueError, match="three digits up to 60 s"):
        decode(from_latencies([1]).model_copy(update={"encoded": coarse.encode().decode("ascii")}))


def test_a_histogram_that_belies_its_count_is_refused() -> None:
    with pytest.raises(ValueError, match="has 1 latencies, but its count is 2"):
        decode(from_latencies([1]).model_copy(update={"count": 2}))
