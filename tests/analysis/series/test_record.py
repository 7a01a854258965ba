"""What the lines of a record say: which releases are planned and missing, what steps there are, what was repeated."""

from __future__ import annotations

import math

import pytest
from record_lines import PLAN, RELEASES, header, line

from bench.analysis.series.record import longest_ago, package_record, pairs, planned, quantities
from bench.analysis.series.release_pairs import Quantity
from bench.model.record import RecordedComparison
from bench.model.series import LeftOut

ANCHOR = RELEASES[-1]
A, B = Quantity("a:one", "cpu_us"), Quantity("b:one", "cpu_us")
UP = math.log(1.2)


def anchored(**logs: float) -> list[RecordedComparison]:
    """Both cases of each release, which is called by its digits."""
    return [
        line(ANCHOR, f"{one[1]}.{one[2:5]}.{one[5]}", {"a:one": log, "b:one": 0.0}, at=at)
        for at, (one, log) in enumerate(logs.items())
    ]


def test_the_first_release_of_each_minor_version_is_planned_and_the_newest() -> None:
    assert planned(RELEASES, PLAN) == ("0.100.0", "0.101.0", "0.102.0", "0.103.0")
    assert planned((*RELEASES, "0.103.1"), PLAN) == ("0.100.0", "0.101.0", "0.102.0", "0.103.0", "0.103.1")
    assert planned(("0.99.0", "0.102.1"), PLAN.model_copy(update={"since": "0.100"})) == ("0.102.1",)


def test_of_a_start_cpu_time_and_memory_are_quantities_of_the_app() -> None:
    plan = PLAN.model_copy(update={"startup": ("app:start",), "served": ("raw:plain",)})
    assert quantities(plan, "startup_cpu_ms") == (Quantity("app", "startup_cpu_ms"), Quantity("app", "rest_mb"))
    assert quantities(plan, "server_cpu_us") == (Quantity("raw:plain", "server_cpu_us"),)


def test_an_empty_record_misses_all_that_is_planned_but_the_anchor() -> None:
    found = package_record(header(), (), PLAN)
    assert found.missing == ("0.100.0", "0.101.0", "0.102.0")
    assert (found.left_out, found.repeated) == ((), ())


def test_a_step_is_confirmed_by_the_direct_comparison_of_neighbours() -> None:
    lines = [*anchored(r01000=-UP, r01010=-UP, r01020=0.0), line("0.101.0", "0.102.0", {"a:one": UP}, at=9)]
    found = package_record(header(), lines, PLAN)
    assert found.missing == ()
    (step,) = (step for line in found.lines for step in line.steps if step.confirmed)
    assert (step.case, step.older, step.newer) == ("a:one", "0.101.0", "0.102.0")
    assert step.best.ratio == pytest.approx(1.2)


def test_a_release_that_could_not_be_compared_is_left_out_with_its_reason() -> None:
    lines = [*anchored(r01000=0.0, r01020=0.0), line(ANCHOR, "0.101.0", {}, reason="no solution")]
    found = package_record(header(), lines, PLAN)
    assert found.left_out == (LeftOut(release="0.101.0", reason="no solution"),)
    assert found.missing == ()


def test_what_asks_for_something_else_now_is_missing_again() -> None:
    lines = [*anchored(r01000=0.0, r01010=0.0, r01020=0.0)]
    changed = line(ANCHOR, "0.102.0", {"a:one": 0.0}, at=9, request="r1")
    found = package_record(header(), [*lines, changed], PLAN)
    assert found.missing == ("0.100.0", "0.101.0")
    assert [quantity for one in pairs([*lines, changed], "cpu_us") for quantity in one.quantities] == [B, B, B, A]


def test_a_case_that_joins_the_plan_is_missing_of_every_release() -> None:
    lines = anchored(r01000=0.0, r01010=0.0, r01020=0.0)
    plan = PLAN.model_copy(update={"cases": (*PLAN.cases, "c:one")})
    assert package_record(header(), lines, plan).missing == ("0.100.0", "0.101.0", "0.102.0")


@pytest.mark.parametrize(("again", "agrees"), [(0.001, True), (0.05, False)])
def test_what_was_measured_twice_agrees_if_the_difference_may_be_nothing(again: float, agrees: bool) -> None:
    lines = [*anchored(r01000=0.0), line(ANCHOR, "0.100.0", {"a:one": again}, at=9)]
    (found,) = package_record(header(), lines, PLAN).repeated
    assert (found.release, found.quantity, found.agrees) == ("0.100.0", A, agrees)
    assert found.first_at < found.again_at


def test_the_release_that_was_measured_longest_ago_comes_first() -> None:
    lines = [*anchored(r01000=0.0, r01010=0.0, r01020=0.0), line(ANCHOR, "0.100.0", {"a:one": 0.0}, at=9)]
    assert longest_ago(ANCHOR, lines, "cpu_us") == ("0.101.0", "0.102.0", "0.100.0")
    assert longest_ago(ANCHOR, lines, "startup_cpu_ms") == ()
