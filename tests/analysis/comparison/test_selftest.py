"""Self-tests say what was put there and what was found of it."""

from __future__ import annotations

import random

import pytest
from comparisons import COST_US, case, comparison, measured

from bench.analysis.comparison import injected, selftest
from bench.analysis.comparison import verdicts as analysis
from bench.analysis.comparison.selftest import SHARES, allotted, summary
from bench.model.comparison import Comparison
from bench.model.pair_samples import Stage
from bench.model.selftest import Injection
from bench.report.documents.selftest import document
from tests.widths import assert_whole, printed

STAGES: dict[Stage, int] = {"pilot": 12, "confirmation": 12}


def found_of(found: dict[str, float], put: dict[str, float]) -> Comparison:
    """A self-test that saw these ratios where these shares had been put."""
    made = comparison(*found, margin=selftest.MARGIN).model_copy(
        update={
            "samples": tuple(one for name, ratio in found.items() for one in measured(name, ratio, STAGES)),
            "complete": True,
            "injected": tuple(
                Injection(case=f"{name}:one", share=share, added_us=share * COST_US) for name, share in put.items()
            ),
        }
    )
    return made.model_copy(update={"results": analysis.results(made)})


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
    assert (found.tests, found.alarms) == (1, 0)
    same, one, two, five = found.controls
    assert (same.cases, same.held, same.seen) == (1, 1, 0)
    assert (one.cases, one.seen, one.held) == (1, 1, 1)
    assert (two.cases, two.seen, two.slower, two.held) == (1, 1, 1, 1)
    assert (five.cases, five.seen, five.slower, five.held) == (2, 1, 1, 1)
    assert 0.001 < found.half_width < 0.01


def test_a_change_where_there_is_none_is_a_false_alarm() -> None:
    test = found_of({"same": 1.1, "other": 1.0}, {})
    found = summary([test, test], test.host)
    assert found is not None
    assert (found.tests, found.controls[0].cases, found.alarms) == (2, 4, 2)


def test_other_hosts_margins_and_ways_of_measuring_are_not_this_one_and_half_a_test_is_none() -> None:
    test = found_of({"same": 1.0}, {})
    other = test.model_copy(update={"host": test.host.model_copy(update={"fingerprint": "0ther"})})
    unlike = [
        other,
        test.model_copy(update={"margin": 0.03}),
        test.model_copy(update={"measurement": 0}),
        test.model_copy(update={"complete": False}),
    ]
    assert summary(unlike, test.host) is None
    found = summary([*unlike, test], test.host)
    assert found is not None
    assert found.tests == 1


def test_the_truth_is_what_was_added_to_what_a_case_costs() -> None:
    test = found_of({"slowed": 1.05, "same": 1.0}, {"slowed": 0.05})
    assert injected.truth(test, "slowed:one") == pytest.approx(1.05, rel=0.002)
    assert injected.truth(test, "same:one") == 1.0


def test_every_case_is_shown_with_whether_its_result_is_right() -> None:
    put = {"one": 0.01, "five": 0.05, "lost": 0.05}
    test = found_of({"same": 1.0, "alarm": 1.1, "one": 1.01, "five": 1.05, "lost": 1.0}, put)
    found = document(test, summary([test], test.host))
    said = {line.split()[0]: line for line in printed(found, 120).splitlines() if ":one" in line}
    words = {"same": "no alarm", "alarm": "FALSE ALARM", "five": "slower", "lost": "not detected"}
    assert all(said[f"{name}:one"].rstrip().endswith(word) for name, word in words.items())
    assert found.headline[0].startswith("1 self-test on this host, the last on 2026-")
    assert "1 false alarm in 2 unchanged cases at a margin of 1.0%" in found.headline[0]
    assert_whole(found)
