"""Blocks of served loads say what they cost, and say nothing when a safeguard failed."""

from __future__ import annotations

import math

import pytest
from comparisons import LOADED, comparison, measured, served

from bench.analysis.comparison.blocks import LATENCIES, blocks
from bench.analysis.comparison.verdicts import results
from bench.model.comparison import Comparison, Metric
from bench.model.pair_samples import PairedLatencies, PairSample, ServedPair
from bench.stats.histogram import from_latencies


def of(*samples: ServedPair | PairSample) -> Comparison:
    return comparison("a").model_copy(update={"samples": samples, "gate": "server_cpu_us"})


def test_server_cpu_is_compared_block_by_block_and_stage_by_stage() -> None:
    found = blocks(of(*(served(n, 0.9) for n in range(6)), served(7, 1.1, "confirmation")), "server_cpu_us")["a:one"]
    assert found.pilot == pytest.approx((math.log(0.9),) * 6, rel=0.02)
    assert found.confirmation == pytest.approx((math.log(1.1),), rel=0.02)
    assert found.left_out == ()


def test_a_core_that_was_slowed_for_one_arm_does_not_look_like_a_change() -> None:
    assert LOADED.server_cpu_s
    slowed = served(1, 1.5, reference_us=tuple(us * 1.5 for us in LOADED.reference_us))
    (log,) = blocks(of(slowed), "server_cpu_us")["a:one"].pilot
    assert log == pytest.approx(0, abs=0.01)


def test_a_block_that_failed_a_safeguard_is_left_out_with_what_it_saw() -> None:
    found = blocks(of(served(1, 1.0), served(2, 1.0, server_requests=LOADED.client_requests + 9)), "server_cpu_us")
    assert len(found["a:one"].pilot) == 1
    (reason,) = found["a:one"].left_out
    assert reason.startswith("head: counted on both sides: client")


@pytest.mark.parametrize("metric", ["latency_p50_ms", "latency_p99_ms"])
def test_latencies_are_compared_by_the_same_blocks(metric: Metric) -> None:
    found = blocks(of(served(1, 1.0), served(2, 1.0)), metric)["a:one"]
    assert found.pilot == (0.0, 0.0)


def windows_of_servers(busy: float = 0.4) -> Comparison:
    """The head takes a fifth more CPU, and its requests twice as long."""
    base, head = (from_latencies([ms * 1_000_000] * 2000) for ms in (4, 8))
    latencies = PairedLatencies(base=base, head=head, client_busy_share=busy)
    return of(*(one.model_copy(update={"latencies": latencies}) for one in measured("a", 1.2, {"pilot": 12})))


def test_windows_of_two_servers_are_compared_as_windows_in_process() -> None:
    found = blocks(windows_of_servers(), "server_cpu_us")["a:one"]
    assert found.pilot == pytest.approx((math.log(1.2),) * 12, abs=0.03)


@pytest.mark.parametrize("metric", ["latency_p50_ms", "latency_p99_ms"])
def test_their_latencies_are_compared_block_by_block(metric: Metric) -> None:
    assert blocks(windows_of_servers(), metric)["a:one"].pilot == pytest.approx((math.log(2),) * 12, abs=0.01)
    assert [one.metric for one in results(windows_of_servers())] == ["server_cpu_us", *LATENCIES]


def test_a_latency_that_a_busy_client_makes_is_none() -> None:
    found = blocks(windows_of_servers(busy=0.97), "latency_p50_ms")["a:one"]
    assert found.pilot == ()
    assert set(found.left_out) == {"the client was at work for 97% of the time: the latency is its own"}


def test_windows_in_process_have_no_latency() -> None:
    assert blocks(of(*measured("a", 1.2, {"pilot": 12})), "latency_p50_ms") == {}
