"""Self-tests say what was put there and what was found of it."""

from __future__ import annotations

import random

import pytest
from comparisons import COST_US, case, comparison, measured

from bench import compare, selftest
from bench.pairs import Comparison, Injection, Stage
from bench.selftest import SHARES, allotted, summary

STAGES: dict[Stage, int] = {"pilot": 12, "confirmation": 12}


def found_of(found: dict[str, float], put: dict[str, float]) -> Comparison:
    """A self-test that saw these ratios where these shares had been put."""
    made = comparison(*found, margin=selftest.MARGIN).model_copy(
        update={
            "samples": tuple(one for name, ratio in found.items() for one in measured(name, ratio, STAGES)),
            "injected": tuple(
                Injection(case=f"{name}:one", share=share, added_us=share * COST_US) for name, share in put.items()
            ),
        }
    )
    return made.model_copy(update={"results": compare.results(made)})


def test_each_share_is_allotted_as_often_by_chance() -> None:
    cases = [case(f"case{n}") for n in range(12)]
    drawn = [allotted(cases, random.Random(seed)) for seed in range(5)]
    for one in drawn:
        assert sorted(one.values()) == sorted(SHARES[1:] * 3)
    assert len({tuple(one.items()) for one in drawn}) == 5


def test_what_was_found_is_counted_by_share_and_alarms_by_themselves() -> None:
    test = found_of({"same": 1.0, "one": 1.01, "two": 1.02, "five": 1.05, "lost": 1.0}, {
        "one": 0.01, "two": 0.02, "five": 0.05, "lost": 0.05,
    })  # fmt: skip
    found = summary([test], test.host)
    assert found is not None
    assert (found.tests, found.same, found.alarms) == (1, 1, 0)
    one, two, five = found.controls
    assert (one.cases, one.seen, one.held) == (1, 1, 1)
    assert (two.cases, two.seen, two.slower, two.held) == (1, 1, 1, 1)
    assert (five.cases, five.seen, five.slower, five.held) == (2, 1, 1, 1)
    assert 0.001 < found.half_width < 0.01


def test_a_change_where_there_is_none_is_a_false_alarm() -> None:
    test = found_of({"same": 1.1, "other": 1.0}, {})
    found = summary([test, test], test.host)
    assert found is not None
    assert (found.tests, found.same, found.alarms) == (2, 4, 2)


def test_other_hosts_and_other_versions_are_not_this_one() -> None:
    test = found_of({"same": 1.0}, {})
    other = test.model_copy(update={"host": test.host.model_copy(update={"fingerprint": "0ther"})})
    assert summary([other], test.host) is None
    older = test.model_copy(update={"harness_version": "0.0.1", "started_at": test.started_at.replace(year=2025)})
    found = summary([older, test], test.host)
    assert found is not None
    assert found.tests == 1


def test_the_truth_is_what_was_added_to_what_a_case_costs() -> None:
    test = found_of({"slowed": 1.05, "same": 1.0}, {"slowed": 0.05})
    assert selftest.truth(test, "slowed:one") == pytest.approx(1.05, rel=0.002)
    assert selftest.truth(test, "same:one") == 1.0
