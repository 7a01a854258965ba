"""Objectives are judged by all requests of all launches."""

from __future__ import annotations

import pytest
from load_samples import LOAD

from bench.analysis.load.objectives import judge
from bench.model.load import LoadSample
from bench.model.scenario import ErrorLimit, Objective
from bench.stats.histogram import from_latencies


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
        ([load(1980, 10, 10)], True, True),
        ([load(990, 0, 10)], True, True),  # exactly at both limits
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
