"""What is derived from one load: shares, and whether a rate was kept."""

from __future__ import annotations

import math

import pytest
from load_samples import LOAD, OPEN, OPENED

from bench.analysis.load import quantities as load_quantities
from bench.model.load import Second
from bench.stats.histogram import from_latencies


@pytest.mark.parametrize(
    ("answered", "spread", "service_ms", "fine"),
    [
        (16, "constant", 1500.0, False),
        (20, "constant", 1500.0, True),
        (14, "poisson", 1500.0, True),
        (4000, "poisson", 1.0, False),
    ],
)
def test_a_rate_is_kept_but_for_what_is_on_its_way_at_the_edges(
    answered: int, spread: str, service_ms: float, fine: bool
) -> None:
    offered = 21 if answered < 100 else 5000
    opened = OPENED.model_copy(
        update={
            "offered": offered,
            "rate": offered / 3,
            "arrivals": spread,
            "service": from_latencies([round(service_ms * 1e6)] * 9),
        }
    )
    assert load_quantities.kept(OPEN.model_copy(update={"requests": answered, "open": opened})) is fine


def test_a_wrong_answer_keeps_the_rate_and_a_lost_request_does_not() -> None:
    fewer = OPEN.model_copy(update={"requests": 47_500})
    wrong = fewer.model_copy(update={"errors": {"status_500": 2_500}})
    lost = fewer.model_copy(update={"errors": {"timeout": 2_500}})
    assert load_quantities.kept(wrong)
    assert not load_quantities.kept(lost)


def test_a_slow_answer_to_what_was_due_before_makes_up_for_what_is_on_its_way_at_the_end() -> None:
    """At 585 requests/s of 50 ms each, 29 are on their way at any moment."""
    opened = OPENED.model_copy(update={"rate": 585.0, "offered": 2925, "service": from_latencies([50_000_000] * 2896)})
    slow = OPEN.model_copy(update={"open": opened, "requests": 2894})
    seconds = tuple(Second(requests=585, errors=0, p50_ms=50.0, p99_ms=51.0) for _ in range(5))
    assert not load_quantities.kept(slow)
    assert load_quantities.kept(slow.model_copy(update={"timeline": seconds}))
    falling = tuple(second.model_copy(update={"requests": 575}) for second in seconds)
    assert not load_quantities.kept(slow.model_copy(update={"timeline": falling}))


def test_the_share_that_failed_is_of_all_requests_and_of_none_unknown() -> None:
    failing = LOAD.model_copy(
        update={"errors": {"status_500": 3, "timeout": 2}, "latency": from_latencies([1_000_000] * 95)}
    )
    assert load_quantities.failed_share(failing) == pytest.approx(0.05)
    assert math.isnan(load_quantities.failed_share(LOAD.model_copy(update={"latency": from_latencies([])})))


def test_failures_lie_beyond_the_latencies_but_for_what_old_samples_timed() -> None:
    failing = LOAD.model_copy(update={"errors": {"status_500": 3, "timeout": 2, "unsent": 1}, "failed_s": 20.0})
    assert load_quantities.beyond_latencies(failing) == 6
    assert load_quantities.beyond_latencies(failing.model_copy(update={"failed_s": None})) == 3
