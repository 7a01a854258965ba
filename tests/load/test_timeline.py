"""The seconds of a load add up, and a silence is seen as long as it was."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bench.load.recorder import Recorder
from bench.load.timeline import Silence, Timeline, merged

SECONDS = st.lists(st.lists(st.integers(1, 10**10), max_size=40), min_size=1, max_size=5)


def timeline(seconds: list[list[int]]) -> Timeline:
    recorder, made = Recorder(), Timeline()
    endpoint = recorder.endpoint("GET", "/")
    for latencies in seconds:
        for latency in latencies:
            endpoint.right(latency, 0, verified=True)
        endpoint.wrong("status_500")
        made.add(recorder.take())
    return made


@given(SECONDS, SECONDS)
def test_two_processes_come_to_what_one_would_have_seen(one: list[list[int]], other: list[list[int]]) -> None:
    longer = max(len(one), len(other))
    both = [[*(one[n] if n < len(one) else []), *(other[n] if n < len(other) else [])] for n in range(longer)]
    together = merged([timeline(one).seconds(), timeline(other).seconds()])
    alone = merged([timeline(both).seconds()])
    assert [(s.requests, s.p50_ms, s.p99_ms) for s in together] == [(s.requests, s.p50_ms, s.p99_ms) for s in alone]
    assert sum(second.errors for second in together) == len(one) + len(other)


@given(st.lists(st.integers(1, 10**10), min_size=1, max_size=200))
@example([2**23])
def test_percentiles_of_a_second_are_its_nearest_ranks_to_three_digits(latencies: list[int]) -> None:
    (second,) = merged([timeline([latencies]).seconds()])
    for q, found in ((0.5, second.p50_ms), (0.99, second.p99_ms)):
        exact_ms = float(np.quantile(latencies, q, method="inverted_cdf")) / 1e6
        assert found is not None
        assert abs(found - exact_ms) <= 1e-3 * exact_ms + 1e-3  # three digits, and then whole µs


def test_a_second_without_an_answer_has_no_percentile() -> None:
    (second,) = merged([timeline([[]]).seconds()])
    assert (second.requests, second.errors, second.p50_ms, second.p99_ms) == (0, 1, None, None)


def looked(looks: list[tuple[float, int, int]], end_s: float) -> list[tuple[float, float]]:
    silence = Silence(0.0)
    for look in looks:
        silence.look(*look)
    return [(one.at_s, one.duration_s) for one in silence.periods(end_s)]


def test_a_silence_lasts_from_the_last_answer_to_the_next() -> None:
    looks = [(0.02 * n, 4, n if n < 10 else 10 if n < 50 else n) for n in range(1, 60)]
    assert looked(looks, 1.2) == [(pytest.approx(0.2), pytest.approx(0.78))]


def test_a_server_that_nobody_asks_is_not_silent() -> None:
    assert looked([(0.02 * n, 0, 7) for n in range(1, 60)], 1.2) == []


def test_a_client_that_stood_still_makes_no_silence() -> None:
    looks = [(0.02 * n + (0.5 if n > 20 else 0.0), 4, n) for n in range(1, 60)]
    assert looked(looks, 1.7) == []


def test_a_silence_may_last_until_the_end() -> None:
    assert looked([(0.02 * n, 1, 1) for n in range(1, 60)], 1.5) == [(0.02, pytest.approx(1.48))]


def test_of_many_silences_the_longest_are_kept_by_when_they_began() -> None:
    looks = [(0.02 * n, 1, n // 10) for n in range(1, 400)]
    found = looked(looks, 8.0)
    assert len(found) == 20
    assert found == sorted(found)
