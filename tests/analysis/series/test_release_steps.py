"""The steps of a sweep whose truth is known: those that are there are found, with what moved, and no others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from sweeps import RELEASES, between, directly, side, sweep, swept_all

from bench.analysis.series.release_figures import ReleaseLine
from bench.analysis.series.steps import judged
from bench.model.comparison import AnswerMismatch, Comparison, Metric, Verdict
from bench.model.series import AskedComparison, Sweep
from bench.report.words.sweep import swept
from bench.stats.two_stage import Change
from tests import records

STEPPING = (1.3, 1.3, 1.0, 1.0, 1.15, 1.15)
FLAT = (1.0,) * 6


def lines(
    begun: Sweep, found: dict[str, Comparison], direct: Sequence[tuple[AskedComparison, Comparison]] = ()
) -> tuple[ReleaseLine, ...]:
    return swept(begun, found, direct).lines


def test_steps_are_found_where_they_are_and_nowhere_else() -> None:
    stepping, flat = lines(*swept_all({"a": STEPPING, "flat": FLAT}))
    changed = {step.newer: step.change for step in stepping.steps if step.changed}
    assert {release: one.verdict for release, one in changed.items()} == {
        "0.117.1": Verdict.FASTER,
        "0.119.0": Verdict.SLOWER,
    }
    assert changed["0.117.1"].ratio == pytest.approx(1 / 1.3, rel=0.01)
    assert {step.change.verdict for step in flat.steps} == {Verdict.EQUIVALENT}
    assert not any(step.changed for step in flat.steps)


def test_a_line_has_every_release_and_the_anchor_does_not_change_from_itself() -> None:
    (line,) = lines(*swept_all({"a": STEPPING}))
    assert [point.release for point in line.points] == list(RELEASES)
    assert [point.found is not None for point in line.points] == [True] * 6
    last = line.points[-1].found
    assert last is not None
    assert (last.log_mean, last.log_half) == (0.0, 0.0)
    assert [(step.older, step.newer) for step in line.steps] == list(pairwise(RELEASES))


def test_a_step_is_less_sure_than_either_of_its_ends() -> None:
    (line,) = lines(*swept_all({"a": STEPPING}))
    ends = [point.found for point in line.points[:2]]
    step = line.steps[0].change
    assert step.ci_high is not None
    assert step.ci_low is not None
    half = math.log(step.ci_high / step.ci_low) / 2
    assert half > max(one.log_half for one in ends if one)


def test_the_last_step_is_as_sure_as_the_release_before_the_anchor() -> None:
    (line,) = lines(*swept_all({"a": STEPPING}))
    before, step = line.points[-2].found, line.steps[-1].change
    assert before is not None
    assert step.ci_high == pytest.approx(1 / before.low)


def test_the_whole_is_the_last_over_the_first() -> None:
    (line,) = lines(*swept_all({"a": STEPPING}))
    assert line.whole is not None
    assert (line.whole.older, line.whole.newer) == ("0.115.0", "0.120.4")
    assert line.whole.change.ratio == pytest.approx(1.15 / 1.3, rel=0.01)


def test_allocations_have_exact_steps_of_their_own() -> None:
    begun, found = swept_all({"a": STEPPING})
    fewer = {
        release: one.model_copy(
            update={
                "samples": tuple(
                    sample.model_copy(update={"head_allocs": 150.0 if release == "0.115.0" else 100.0})
                    if sample.kind == "allocations"
                    else sample
                    for sample in one.samples
                )
            }
        )
        for release, one in found.items()
    }
    (line,) = lines(begun, fewer)
    allocs = [step.allocs for step in line.steps if step.allocs]
    assert [one.verdict for one in allocs] == [Verdict.FASTER, *[Verdict.EQUIVALENT] * 4]
    assert allocs[0].ratio == allocs[0].ci_low == allocs[0].ci_high == pytest.approx(100 / 150)
    assert line.steps[0].change.verdict is Verdict.EQUIVALENT
    assert [one.metric for one in line.steps[0].changed] == ["allocs"]
    assert line.points[0].count is not None
    assert line.points[0].count.allocs == 150


def test_a_release_whose_case_fails_is_named_and_its_neighbours_are_joined() -> None:
    (line, other) = lines(*swept_all({"a": (1.3, 1.3, -1.0, 1.0, 1.0, 1.0), "b": FLAT}))
    point = line.points[2]
    assert (point.release, point.found, point.reason) == ("0.117.1", None, "head: <b>it fails</b>")
    (step,) = [step for step in line.steps if step.changed]
    assert (step.older, step.newer) == ("0.116.0", "0.118.0")
    assert len(other.steps) == 5


def test_a_release_that_answers_otherwise_says_so() -> None:
    begun, found = swept_all({"a": STEPPING})
    differs = AnswerMismatch(case="a:one", base="answers 1", head="answers 2")
    other = found["0.116.0"].model_copy(update={"samples": (), "results": (), "disagreements": (differs,)})
    (line,) = lines(begun, {**found, "0.116.0": other})
    assert line.points[1].reason == "response differs from fastapi==0.120.4: answers 2"


def test_what_moved_with_a_step_is_what_differs_between_its_two_stacks() -> None:
    begun, found = swept_all({"a": STEPPING})
    older = between("0.120.4", "0.115.0", {"a": 1.13}, starlette="0.38.6")
    (line,) = lines(begun, {**found, "0.115.0": older})
    assert line.steps[0].moved == {"starlette": ("0.38.6", "0.52.1")}
    assert line.steps[1].moved == {}


def test_a_sweep_in_the_middle_has_a_line_over_what_is_done() -> None:
    begun, found = swept_all({"a": STEPPING})
    (line,) = lines(begun, {"0.116.0": found["0.116.0"]})
    assert [point.release for point in line.points] == ["0.116.0", "0.120.4"]
    assert len(line.steps) == 1


def test_a_sweep_of_nothing_has_no_steps() -> None:
    (line,) = lines(sweep("a"), {})
    assert (line.steps, line.whole) == ((), None)


def test_memory_that_looks_changed_looks_larger() -> None:
    small, none = Change(0.05, 0.015, 0.012, 11, 12), Change(0.0, 0.01, 0.02, 11, 12)
    found = dict.fromkeys(range(40), none) | {40: small}
    words: dict[Metric, str] = {"rest_mb": "larger", "cpu_us": "slower"}
    for metric, said in words.items():
        step = judged(found, dict.fromkeys(found, 0.03), dict.fromkeys(found, metric))[40]
        assert step.reasons == (f"looks {said}, but not significant among 41 steps",)


def test_what_looks_changed_by_chance_among_many_does_not_stand() -> None:
    """Each release's interval is beyond the margin by little: one case alone would be called changed."""
    releases = ("1", "2")
    few = between("2", "1", {"a": 1 / 1.0373}, spread=0.012)
    alone = sweep("a", releases=releases)
    (line,) = lines(alone, {"1": few})
    many = between("2", "1", {"a": 1 / 1.0373, **{f"flat{n}": 1.0 for n in range(30)}}, spread=0.012)
    crowded, *_ = lines(sweep("a", *(f"flat{n}" for n in range(30)), releases=releases), {"1": many})
    assert line.steps[0].change.verdict is Verdict.SLOWER
    assert crowded.steps[0].change.verdict is Verdict.INCONCLUSIVE
    assert "not significant among 31 steps" in crowded.steps[0].change.reasons[0]


def test_fresh_blocks_of_two_neighbours_confirm_a_step_and_give_its_size() -> None:
    begun, found = swept_all({"a": STEPPING})
    (line,) = lines(begun, found, directly({("0.116.0", "0.117.1"): {"a": 1 / 1.32}}, pydantic="2.9"))
    step = line.steps[1]
    assert step.confirmed
    assert step.fresh is not None
    assert step.best is step.fresh.result
    assert step.best.ratio == pytest.approx(1 / 1.32, rel=0.01)
    assert step.change.ratio == pytest.approx(1 / 1.3, rel=0.01)
    assert (step.moved, step.best_moved) == ({}, {"pydantic": (None, "2.9")})
    assert step.best_allocs is not None
    assert step.best_allocs.ratio == pytest.approx(1 / 1.32)
    assert [one.confirmed for one in line.steps] == [False, True, False, False, False]


def test_a_step_that_fresh_blocks_do_not_show_is_refuted_and_no_change() -> None:
    begun, found = swept_all({"a": STEPPING})
    (line,) = lines(begun, found, directly({("0.116.0", "0.117.1"): {"a": 1.0}}))
    step = line.steps[1]
    assert step.refuted
    assert not step.confirmed
    assert step.changed == ()
    assert step.reason == "24 new blocks did not confirm it"
    assert step.looks is Verdict.FASTER


def test_a_step_that_another_package_made_is_refuted_by_blocks_without_it_which_name_it() -> None:
    begun, found = swept_all({"a": STEPPING})
    older = between("0.120.4", "0.115.0", {"a": 2.0}, starlette="0.38.6")
    (line,) = lines(begun, {**found, "0.115.0": older}, directly({("0.115.0", "0.116.0"): {"a": 1.0}}))
    assert line.steps[0].refuted
    assert line.steps[0].reason == "24 new blocks did not confirm it with starlette 0.38.6 on both sides"


def test_what_was_only_unclear_is_changed_where_direct_blocks_say_so() -> None:
    begun, found = swept_all({"a": (1.05, 1.0, 1.0, 1.0, 1.0, 1.0)})
    noisy = between("0.120.4", "0.115.0", {"a": 1.03}, spread=0.03)
    (unclear,) = lines(begun, {**found, "0.115.0": noisy})
    assert unclear.steps[0].looks is Verdict.INCONCLUSIVE
    (line,) = lines(begun, {**found, "0.115.0": noisy}, directly({("0.115.0", "0.116.0"): {"a": 1 / 1.06}}))
    assert line.steps[0].confirmed
    assert line.steps[0].best.verdict is Verdict.FASTER


def test_functions_are_named_only_where_the_profiles_show_the_change_that_was_measured(tmp_path: Path) -> None:
    steps = [step for line in records.fastapi(tmp_path).lines for step in line.steps]
    fresh, profile = next((one.fresh, one.fresh.profile) for one in steps if one.fresh and one.fresh.functions)
    assert profile is not None
    other = profile.model_copy(update={"change_us": -profile.change_us})
    unsure = profile.model_copy(update={"within_us": 2 * abs(profile.change_us)})
    against = profile.functions[0].model_copy(update={"change_us": -2 * profile.change_us})
    both = profile.model_copy(update={"functions": (against, *profile.functions)})
    assert fresh.functions == replace(fresh, profile=both).functions == profile.functions
    assert [replace(fresh, profile=one).functions for one in (other, unsure, None)] == [(), (), ()]


def test_a_chain_has_what_no_confirmed_step_explains() -> None:
    begun, found = swept_all({"a": STEPPING})
    anchored = lines(begun, found)[0].chain
    assert anchored is not None
    assert not anchored.direct
    assert anchored.steps.ratio == 1
    steps = {("0.116.0", "0.117.1"): {"a": 1 / 1.3}, ("0.118.0", "0.119.0"): {"a": 1.15}}
    ends = {("0.115.0", "0.120.4"): {"a": 1.15 / 1.3 * 1.05}}
    chain = lines(begun, found, directly({**steps, **ends}))[0].chain
    assert chain is not None
    assert chain.direct
    assert chain.steps.ratio == pytest.approx(1.15 / 1.3, rel=0.01)
    assert chain.whole.ratio == pytest.approx(1.15 / 1.3 * 1.05, rel=0.01)
    assert chain.residual.ratio == pytest.approx(1.05, rel=0.01)
    assert chain.residual.ci_low is not None
    assert chain.whole.ci_low is not None
    assert chain.residual.ratio is not None
    assert chain.whole.ratio is not None
    assert chain.residual.ratio / chain.residual.ci_low > chain.whole.ratio / chain.whole.ci_low


def test_a_step_for_which_another_package_went_back_is_no_part_of_the_chain() -> None:
    """The release excludes the newer one, and the next works with it again: that step has the older one throughout."""
    begun, found = swept_all({"a": STEPPING})
    ends = directly({("0.115.0", "0.120.4"): {"a": 1.15}})
    ((asked, made),) = directly({("0.116.0", "0.117.1"): {"a": 1 / 1.3}}, pydantic="2.1")
    (other,) = directly({("0.118.0", "0.119.0"): {"a": 1.15}})

    def line(before: str) -> ReleaseLine:
        older = made.model_copy(update={"base": side("0.116.0", pydantic=before)})
        return lines(begun, found, ((asked, older), other, *ends))[0]

    back, forward = line("2.9"), line("2.0")
    assert [step.went_back for step in back.steps if step.confirmed] == [("pydantic",), ()]
    assert all(step.confirmed and not step.went_back for step in forward.steps if step.fresh)
    assert back.chain is not None
    assert forward.chain is not None
    assert back.chain.steps.ratio == pytest.approx(1.15, rel=0.01)
    assert back.chain.residual.ratio == pytest.approx(1.0, rel=0.01)
    assert forward.chain.steps.ratio == pytest.approx(1.15 / 1.3, rel=0.01)
