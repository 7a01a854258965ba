"""What is measured next over histories of known truth: every step is found where it is, and nothing else is."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from typing import get_args

import pytest

from bench.analysis.series.release_plan import NextPair, Why
from tests.releases import History, minors, quantity

NAMES = tuple(f"case{number}" for number in range(12))
UP, DOWN = math.log(1.06), -math.log(1.06)
QUIET = ((0.003, 0.004), (0.003, 0.004))


@pytest.mark.parametrize("seed", range(2))
def test_every_planted_step_is_found_at_its_release_and_confirmed(seed: int) -> None:
    releases = minors(40)
    planted = {
        ("case0", releases[7]): UP,
        ("case0", releases[31]): DOWN,
        ("case4", releases[31]): 2 * UP,
        ("case5", releases[1]): UP,
        ("case11", releases[39]): UP,
    }
    found = History(releases, NAMES, planted, seed=seed).measured()
    assert found.confirmed.keys() == planted.keys()
    for key, by in planted.items():
        assert found.confirmed[key] == pytest.approx(by, abs=0.02)
    residuals = [line.chain.residual for line in found.lines if line.chain and line.chain.direct]
    assert len(residuals) == len(NAMES)
    assert sum(one.ci_low <= 1 <= one.ci_high for one in residuals if one.ci_low and one.ci_high) >= len(NAMES) - 1


def test_identical_code_has_no_confirmed_step() -> None:
    for seed in range(4):
        assert not History(minors(30), NAMES, errors=((0.003, 0.006), (0.003, 0.005)), seed=seed).measured().confirmed


def test_identical_code_that_is_measured_quietly_takes_one_comparison_a_release_and_one_for_the_chain() -> None:
    found = History(minors(50), NAMES, errors=((0.002, 0.003), (0.002, 0.003))).measured()
    assert [one.why for one in found.asked] == ["release"] * 49 + ["chain"]
    assert [one.left for one in found.asked] == list(range(50, 0, -1))
    assert found.asked[-1].cases == ()


def test_an_interrupted_record_is_a_coarse_picture() -> None:
    found = History(minors(33), ("a",), errors=QUIET).measured(most=8)
    heads = [int(one.head.split(".")[1]) - 100 for one in found.asked]
    assert heads == [0, 16, 8, 24, 4, 12, 20, 28]


def test_it_goes_on_after_any_comparison_as_if_nothing_had_happened() -> None:
    history = History(minors(20), NAMES[:3], {("case1", "0.108.0"): UP}, errors=QUIET)
    whole = replace(history, pairs=[], asked=[]).measured()
    cut = replace(history, pairs=[], asked=[])
    while cut.next() is not None:
        cut = replace(cut, pairs=list(cut.pairs), asked=list(cut.asked)).measured(most=1)
    assert cut.asked == whole.asked
    assert whole.next() is None


def test_new_releases_are_all_that_is_measured_when_it_is_run_again() -> None:
    releases = minors(31)
    first = History(releases[:30], NAMES[:3], {("case1", "0.108.0"): UP}, errors=QUIET).measured()
    again = replace(first, known=releases, anchor=releases[29], asked=[]).measured()
    assert [(one.base, one.head, one.why) for one in again.asked] == [
        (releases[29], releases[30], "release"),
        (releases[0], releases[30], "chain"),
    ]


def test_a_step_after_the_anchor_is_confirmed_by_blocks_of_its_own() -> None:
    releases = minors(31)
    first = History(releases[:30], NAMES[:2], errors=QUIET).measured()
    again = replace(
        first, known=releases, anchor=releases[29], changes={("case1", releases[30]): UP}, asked=[]
    ).measured()
    assert [(one.base, one.head, one.why, one.cases) for one in again.asked][:2] == [
        (releases[29], releases[30], "release", ()),
        (releases[29], releases[30], "confirm", ("case1:one",)),
    ]
    assert again.confirmed.keys() == {("case1", releases[30])}


def test_what_changes_at_different_patches_between_two_minors_is_found_at_each() -> None:
    patches = tuple(f"0.110.{number}" for number in range(1, 9))
    known = (*minors(11), *patches, "0.111.0", "0.112.0")
    planned = tuple(one for one in known if one.endswith(".0"))
    planted = {("case0", "0.110.3"): UP, ("case1", "0.110.6"): 2 * UP}
    found = History(known, NAMES[:3], planted, planned, errors=QUIET).measured()
    assert found.confirmed.keys() == planted.keys()
    between = [one for one in found.asked if one.why == "between"]
    assert {one.head for one in between} <= set(patches)
    assert len(between) <= 6
    assert between[0].cases == ("case0:one", "case1:one")
    assert {"case2:one"}.isdisjoint(case for one in between for case in one.cases)
    assert all(one.cases in (("case0:one",), ("case1:one",)) for one in found.asked if one.why == "confirm")


def test_many_steps_among_many_patch_releases_are_each_found_by_measuring_few_of_them() -> None:
    rng = random.Random(1)
    known = tuple(f"0.{minor}.{patch}" for minor in range(100, 130) for patch in range(minor % 6))
    planned = tuple(one for one in known if one.endswith(".0"))
    at = [(rng.choice(NAMES), release) for release in rng.sample(known[3:], 12)]
    planted = {key: rng.choice((-1, 1)) * rng.uniform(0.06, 0.4) for key in at}
    found = History(known, NAMES, planted, planned, errors=QUIET).measured()
    assert found.confirmed.keys() == planted.keys()
    assert all(found.confirmed[key] == pytest.approx(by, abs=0.02) for key, by in planted.items())
    between = {one.head for one in found.asked if one.why == "between"}
    assert 0 < len(between) < len(known) - len(planned)


def test_a_release_that_can_not_be_resolved_is_left_out_and_its_neighbours_close_up() -> None:
    releases = minors(20)
    found = History(
        releases, NAMES[:3], {("case0", releases[7]): UP}, errors=QUIET, refused=frozenset({releases[7], releases[0]})
    ).measured()
    assert found.confirmed.keys() == {("case0", releases[8])}
    (line, *_) = found.lines
    assert [point.release for point in line.points] == [*releases[1:7], *releases[8:]]
    (step,) = [step for step in line.steps if step.confirmed]
    assert step.older == releases[6]
    assert (found.asked[-1].base, found.asked[-1].why) == (releases[1], "chain")


def test_a_case_that_is_invalid_in_a_release_is_joined_over_it() -> None:
    releases = minors(20)
    found = History(
        releases,
        NAMES[:2],
        {("case0", releases[7]): UP, ("case1", releases[7]): UP},
        errors=QUIET,
        invalid=frozenset({("case0", releases[7]), ("case1", releases[-2])}),
    ).measured()
    assert found.confirmed.keys() == {("case0", releases[8]), ("case1", releases[7])}
    assert found.lines[0].points[7].reason == "response differs"


def test_a_case_that_is_new_is_measured_alone() -> None:
    old = History(minors(10), NAMES[:2], errors=QUIET).measured()
    new = replace(old, names=NAMES[:3], asked=[]).measured()
    assert {one.cases for one in new.asked} == {("case2:one",)}
    assert [one.why for one in new.asked] == ["release"] * 9 + ["chain"]


def test_direct_comparisons_that_fail_are_not_asked_again() -> None:
    releases = minors(6)
    history = History(releases, NAMES[:1], {("case0", releases[3]): UP}, errors=QUIET)
    history.measured(most=5)
    ask = history.next()
    assert ask is not None
    assert (ask.base, ask.head, ask.why) == (releases[2], releases[3], "confirm")
    refused = replace(history, refused=frozenset({releases[2]}), pairs=list(history.pairs)).measured()
    assert refused.next() is None
    (line,) = refused.lines
    step = next(one for one in line.steps if one.newer == releases[3])
    assert (step.fresh, step.confirmed, step.reason) == (None, False, "no solution found")


def test_a_plan_of_nothing_but_the_anchor_is_complete() -> None:
    assert History(("1.0",), NAMES).next() is None


def test_pairs_of_another_gate_are_no_answer() -> None:
    history = History(minors(2), ("a",), errors=QUIET).measured()
    started = [replace(one, gate="startup_cpu_ms") for one in history.pairs]
    again = replace(history, pairs=[replace(one, quantities={}, reason="it fails") for one in started])
    ask = again.next()
    assert ask is not None
    assert (ask.why, ask.head) == ("release", "0.100.0")
    assert quantity("a") not in again.pairs[0].quantities


def test_what_decides_a_step_is_explained_too_and_a_point_of_a_line_is_not_even_confirmed() -> None:
    asked = {why: NextPair("0.1", "0.2", ("a:one",), why, 3).comparison(0.03) for why in get_args(Why)}
    assert {why: (one.confirms, one.explained) for why, one in asked.items()} == {
        "release": (False, False),
        "between": (False, False),
        "confirm": (True, True),
        "unclear": (True, True),
        "chain": (False, False),
    }
    assert {(one.base, one.head, one.margin, one.cases) for one in asked.values()} == {("0.1", "0.2", 0.03, ("a:one",))}
