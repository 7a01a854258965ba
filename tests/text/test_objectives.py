"""Objectives are read as people write them, and written so again."""

from __future__ import annotations

import pytest

from bench.model.scenario import ErrorLimit, Objective
from bench.text.objectives import in_words, objective, requirement


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
