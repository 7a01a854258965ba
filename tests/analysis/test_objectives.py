"""Objectives are read from words, and judged by all requests of all launches."""

from __future__ import annotations

import pytest
from load_samples import LOAD

from bench.analysis.objectives import in_words, judge, objective, requirement
from bench.model.load import LoadSample
from bench.model.workload import ErrorLimit, Objective
from bench.stats.histogram import from_latencies


@pytest.mark.parametrize(
    ("text", "q", "limit_ms"),
    [("p99<=20ms", 0.99, 20.0), ("p99.9 < 1s", 0.999, 1000.0), ("p50≤0.5", 0.5, 0.5), (" p90 <= 1.5 ms ", 0.9, 1.5)],
)
def test_an_objective_is_read(text: str, q: float, limit_ms: float) -> None:
    found = objective(text)
    assert (found.q, found.limit_ms) == (pytest.approx(q), pytest.approx(limit_ms))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "p99",
        "99<=20ms",
        "p100<=1ms",
        "p99.99999999999999999999<=1ms",
        "p9<=2ms",
        "p00<=2ms",
        "p99<=0ms",
        "p99<=-1ms",
    ],
)
def test_what_is_no_objective_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="is not a valid objective"):
        objective(text)


@pytest.mark.parametrize(
    ("text", "share"), [("errors<=0.1%", 0.001), ("errors < 5 %", 0.05), ("errors≤0.01", 0.01), ("errors<=0", 0.0)]
)
def test_a_limit_of_errors_is_read(text: str, share: float) -> None:
    found = requirement(text)
    assert isinstance(found, ErrorLimit)
    assert found.failed_share == pytest.approx(share)
    assert requirement(in_words(found)) == found


def test_an_objective_of_latency_may_be_required_too() -> None:
    assert requirement("p99<=50ms") == Objective(q=0.99, limit_ms=50.0)
    assert in_words(requirement("p99.9<=1s")) == "p99.9 ≤ 1000 ms"


@pytest.mark.parametrize("text", ["errors", "errors<=100%", "errors>=1%", "rps<=3", "p99"])
def test_what_can_not_be_required_is_refused_with_both_examples(text: str) -> None:
    with pytest.raises(ValueError, match=r"write e\.g\. 'p99<=20ms' or 'errors<=0\.1%'"):
        requirement(text)


def load(fast: int, slow: int = 0, failed: int = 0) -> LoadSample:
    return LOAD.model_copy(
        update={
            "latency": from_latencies([1_000_000] * fast + [50_000_000] * slow),
            "errors": {"status_500": failed} if failed else {},
            "failed_s": 0.0,
            "require": (Objective(q=0.99, limit_ms=20.0), ErrorLimit(failed_share=0.01)),
        }
    )


@pytest.mark.parametrize(
    ("samples", "latency", "errors"),
    [
        ([load(2000)], True, True),
        ([load(1980, 20)], True, True),
        ([load(1970, 30)], False, True),
        ([load(1980, 0, 20)], True, True),
        ([load(1970, 0, 30)], False, False),  # a failed request is slower than any limit
        ([load(1000), load(970, 30)], False, True),
        ([load(400)], None, True),
        ([load(0, 0, 0)], None, None),
    ],
)
def test_a_load_is_held_to_what_all_requests_of_all_launches_show(
    samples: list[LoadSample], latency: bool | None, errors: bool | None
) -> None:
    by_latency, by_errors = judge(samples)
    assert (by_latency.met, by_errors.met) == (latency, errors)
    assert by_latency.found
    assert by_errors.found


def test_a_percentile_among_failed_requests_is_said_to_be_one() -> None:
    by_latency, by_errors = judge([load(900, 0, 100)])
    assert by_latency.found == "p99 is a failed request"
    assert by_errors.found == "10.0% of 1,000 requests failed"
