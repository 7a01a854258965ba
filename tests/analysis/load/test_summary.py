"""The figures of what was served, against truths worked out by hand; those of a whole run are in test_summary.py."""

from __future__ import annotations

import pytest
from factories import synthetic_run

from bench.analysis.load.summary import load_of
from bench.model.load import EndpointSample, LoadSample
from bench.stats.histogram import from_latencies, merge
from bench.stats.intervals import estimate

SAMPLE = next(sample for sample in synthetic_run().samples if isinstance(sample, LoadSample))
IN_PROCESS = estimate([10.0, 11.0])


def endpoint(name: str, requests: int, latency_ns: int, errors: dict[str, int] | None = None) -> EndpointSample:
    latency = from_latencies([latency_ns] * requests)
    return EndpointSample(name=name, requests=requests, errors=errors or {}, latency=latency, verified=requests)


def launch(*endpoints: EndpointSample, database_cpu_s: float | None = None) -> LoadSample:
    update = {
        "requests": sum(one.requests for one in endpoints),
        "latency": merge([one.latency for one in endpoints]),
        "endpoints": endpoints,
        "database_cpu_s": database_cpu_s,
    }
    return SAMPLE.model_copy(update=update)


def test_percentiles_and_errors_of_an_endpoint_come_from_all_launches_together() -> None:
    first = launch(endpoint("user", 3000, 1_000_000), endpoint("missing", 10, 500_000))
    second = launch(endpoint("user", 1000, 9_000_000, {"timeout": 2}), endpoint("list", 2000, 2_000_000))
    found = load_of(200.0, None, [first, second]).endpoints
    assert list(found) == ["user", "list", "missing"]  # what was asked most stands first
    assert (found["user"].requests, found["user"].errors) == (4000, {"timeout": 2})
    assert found["user"].latency_ms[0.5] == pytest.approx(1.0, rel=2e-3)
    assert found["user"].latency_ms[0.9] == pytest.approx(9.0, rel=2e-3)
    assert found["user"].longest_ms == 9.0
    assert found["missing"].latency_ms[0.9] is None  # of ten requests one lies beyond it


def test_the_databases_cpu_is_per_request_where_every_launch_knows_it() -> None:
    one, other = (launch(endpoint("user", 1000, 1_000_000), database_cpu_s=spent_s) for spent_s in (0.1, 0.3))
    load = load_of(200.0, None, [one, other])
    assert load.database_cpu_us is not None
    assert load.database_cpu_us.mean == pytest.approx(200)
    assert load_of(200.0, None, [one, launch(endpoint("user", 1000, 1_000_000))]).database_cpu_us is None


def test_what_serving_adds_is_told_only_where_nothing_but_the_case_is_asked() -> None:
    alone = load_of(200.0, IN_PROCESS, [launch(endpoint("user", 1000, 1_000_000))])
    assert alone.server_layer_us is not None
    assert alone.server_layer_us.mean == pytest.approx(alone.server_cpu_us.mean - 10.5)
    mixed = launch(endpoint("user", 1000, 1_000_000), endpoint("list", 1000, 1_000_000))
    assert load_of(200.0, IN_PROCESS, [mixed]).server_layer_us is None


def test_cpu_of_several_workers_is_not_scaled_by_the_speed_of_cores_that_may_idle() -> None:
    one = launch(endpoint("user", 1000, 1_000_000)).model_copy(update={"reference_us": (400.0,) * 100})
    several = one.model_copy(update={"server_workers": (1000, 0), "server_cores": (1, 2)})
    scaled, as_it_was = (load_of(200.0, None, [sample]).server_cpu_us for sample in (one, several))
    assert scaled is not None
    assert as_it_was is not None
    assert scaled.mean == pytest.approx(as_it_was.mean / 2)


def test_cpu_that_the_server_spent_on_no_request_is_in_no_request() -> None:
    one = launch(endpoint("user", 1000, 1_000_000))
    assert one.server_cpu_s is not None
    watched = one.model_copy(update={"watching_cpu_s": one.server_cpu_s / 4})
    older, newer = (load_of(200.0, None, [sample]).server_cpu_us for sample in (one, watched))
    assert older is not None
    assert newer is not None
    assert newer.mean == pytest.approx(0.75 * one.server_cpu_s / one.requests * 1e6)
    assert older.mean == pytest.approx((one.server_cpu_s - sum(one.reference_us) / 1e6) / one.requests * 1e6)
