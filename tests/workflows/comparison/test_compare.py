"""The stages of a comparison, by a clock and blocks that are pretended: what is measured when, and when it ends."""

from __future__ import annotations

import math
import re
from itertools import takewhile
from pathlib import Path

import pytest
from comparisons import comparison
from plans import plan, write_target
from pretended_blocks import CASE_S, Nobody, Pretended, compared, stages_of

from bench.analysis.comparison import verdicts as analysis
from bench.model.comparison import Verdict
from bench.report.words.missed import unmeasured
from bench.runner.agent_pair import PairedPlan
from bench.stack.environment import Environment
from bench.stats.two_stage import CONFIRMING, FEWEST, PILOT
from bench.store import documents
from bench.store.recording import Recording
from bench.workflows.comparison.budget import BudgetError
from bench.workflows.comparison.compare import measure


def test_cases_that_do_not_change_get_the_pilot_and_nothing_more(tmp_path: Path) -> None:
    pretended = Pretended({"a": 1.0, "b": 1.0})
    found = compared(pretended, tmp_path)
    assert pretended.blocks == [("pilot", ["a", "b"])] * PILOT
    assert {one.verdict for one in analysis.results(found)} == {Verdict.EQUIVALENT}


def test_what_looks_changed_is_measured_again_and_alone(tmp_path: Path) -> None:
    pretended = Pretended({"same": 1.0, "slow": 1.2})
    found = compared(pretended, tmp_path)
    assert pretended.count("pilot", "slow") == PILOT
    assert pretended.count("confirmation", "slow") == max(2 * FEWEST, math.ceil(CONFIRMING * PILOT))
    assert pretended.count("confirmation", "same") == 0
    assert {one.case: one.verdict for one in analysis.results(found)} == {
        "same:one": Verdict.EQUIVALENT,
        "slow:one": Verdict.SLOWER,
    }


def test_where_others_confirm_nothing_is_measured_again_and_nothing_is_called_changed(tmp_path: Path) -> None:
    pretended = Pretended(
        {"same": 1.0, "slow": 1.2, "noisy": 1.0}, spread={"same": 0.005, "slow": 0.005, "noisy": 0.03}
    )
    found = compared(pretended, tmp_path, confirms=False)
    assert not any(stage == "confirmation" for stage, _ in pretended.blocks)
    assert pretended.count("further", "noisy") >= 5
    same, slow, _ = analysis.results(found)
    assert (same.verdict, slow.verdict) == (Verdict.EQUIVALENT, Verdict.INCONCLUSIVE)
    assert slow.valid
    assert slow.reasons == ("looks slower; only steps between releases are confirmed by new blocks",)


def test_blocks_that_differ_much_are_followed_by_as_many_as_the_pilot_asks_for(tmp_path: Path) -> None:
    pretended = Pretended({"a": 1.0}, spread=0.03)
    found = compared(pretended, tmp_path)
    assert pretended.count("further", "a") >= 5
    assert analysis.blocks_wanted(found) == {}


def test_the_budget_is_kept_and_leaves_time_to_confirm(tmp_path: Path) -> None:
    pretended = Pretended({"noisy": 1.0, "slow": 1.5}, spread=0.08)
    compared(pretended, tmp_path, budget_s=60.0)
    before = takewhile(lambda block: block[0] != "confirmation", pretended.blocks)
    assert sum(len(targets) * CASE_S for _, targets in before) <= 42
    assert pretended.count("confirmation", "slow") >= 12
    assert pretended.now_s <= 60


def test_a_budget_that_is_too_small_for_all_cases_goes_to_as_many_as_it_has_time_for(tmp_path: Path) -> None:
    pretended = Pretended({f"case{n}": 1.0 for n in range(40)})
    found = compared(pretended, tmp_path, budget_s=10.0)
    assert pretended.now_s <= 10
    assert len(pretended.blocks) >= FEWEST
    timed = [one for one in analysis.results(found) if one.valid]
    assert len(timed) == 3
    assert found.absences[0].reason == "with all 40 cases, a verdict needs at least --budget 135s"
    (said,) = unmeasured(found)
    assert said == "37 cases were not measured: with all 40 cases, a verdict needs at least --budget 135s."


def test_which_of_many_equal_cases_a_small_budget_leaves_out_is_chance(tmp_path: Path) -> None:
    """Else the last of the file would never be compared."""
    measured = set()
    for seed in range(4):
        pretended = Pretended({f"case{n}": 1.0 for n in range(10)})
        compared(pretended, tmp_path / str(seed), budget_s=10.0, seed=seed)
        measured.add(tuple(pretended.blocks[0][1]))
    assert len(measured) > 1


def test_of_several_cases_one_that_changed_has_time_to_be_confirmed(tmp_path: Path) -> None:
    pretended = Pretended({"slow": 1.3, **{f"case{n}": 1.0 for n in range(40)}}, case_s={"slow": 0.2})
    found = compared(pretended, tmp_path, budget_s=60.0)
    assert pretended.now_s <= 60
    assert len(found.absences) > 10
    assert {one.case for one in analysis.results(found) if one.verdict is Verdict.SLOWER} == {"slow:one"}


def test_a_case_too_slow_for_the_budget_is_said_to_be_before_anything_is_timed(tmp_path: Path) -> None:
    pretended = Pretended({"slow": 1.0, "quick": 1.0}, case_s={"slow": 20.0})
    found = compared(pretended, tmp_path, budget_s=60.0)
    assert pretended.count("pilot", "slow") == 0
    assert pretended.count("pilot", "quick") == PILOT
    (absence,) = found.absences
    assert (absence.case, absence.reason) == ("slow:one", "with all 2 cases, a verdict needs at least --budget 140s")


@pytest.mark.parametrize("cases", [1, 3])
def test_a_budget_without_time_for_any_case_is_refused_with_one_that_does(tmp_path: Path, cases: int) -> None:
    slow = {f"slow{number}": 20.0 for number in range(cases)}
    pretended = Pretended(dict.fromkeys(slow, 1.0), case_s=slow)
    with pytest.raises(BudgetError, match=r"--budget 60s is too small: a verdict needs 5 blocks .* about 20 s") as said:
        compared(pretended, tmp_path, budget_s=60.0)
    assert pretended.blocks == []
    assert ("for only one case" in str(said.value)) == (cases > 1)
    enough_s = float(re.findall(r"--budget (\d+)s", str(said.value))[-1])
    found = compared(Pretended(dict.fromkeys(slow, 1.0), case_s=slow), tmp_path / "again", budget_s=enough_s)
    assert found.absences == ()
    assert all(one.valid for one in analysis.results(found))


def test_cases_that_share_a_slow_start_are_measured_together_although_none_can_be_confirmed(tmp_path: Path) -> None:
    quick = {f"quick{number}": 0.01 for number in range(10)}
    pretended = Pretended(dict.fromkeys(quick, 1.0), case_s=quick, launch_s=6.0)
    found = compared(pretended, tmp_path, budget_s=40.0)
    assert found.absences == ()
    assert pretended.now_s <= 40


def test_a_budget_is_refused_as_soon_as_the_first_start_shows_that_it_is_too_small(tmp_path: Path) -> None:
    pretended = Pretended({"a": 1.0, "b": 1.0}, launch_s=6.0)
    stages = stages_of(pretended, tmp_path, budget_s=30.0)
    with pytest.raises(BudgetError, match="each of which takes about 6 s; use at least --budget"):
        stages.refuse_hopeless(lambda _: 0.0)
    stages_of(Pretended({"a": 1.0, "b": 1.0}), tmp_path, budget_s=30.0).refuse_hopeless(lambda _: 0.0)


def test_a_refused_comparison_leaves_nothing_behind(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "slow", "")
    ready = plan(environment, tmp_path)
    pretended = Pretended({"slow": 1.0}, case_s={"slow": 100.0})
    begun = comparison("slow", budget_s=30.0)
    folder = tmp_path / begun.id
    recording = Recording(begun, folder, lambda document: documents.COMPARISON.save(document, tmp_path))
    told = Nobody()
    with pytest.raises(BudgetError, match="too small"):
        measure(recording, PairedPlan(ready, ready), pretended, told)
    assert told.steps[0] == ("checking responses of both stacks", "starting both sides")
    assert pretended.blocks == []
    assert not folder.exists()


def test_a_case_that_is_slower_than_it_seemed_leaves_the_others_their_time(tmp_path: Path) -> None:
    pretended = Pretended({"slow": 1.0, "quick": 1.0}, case_s={"slow": 30.0}, seeming_s={"slow": 5.0})
    found = compared(pretended, tmp_path, budget_s=60.0)
    assert pretended.count("pilot", "slow") == 1
    assert pretended.count("pilot", "quick") >= FEWEST
    assert pretended.now_s <= 60
    assert {one.case: one.valid for one in analysis.results(found)} == {"slow:one": False, "quick:one": True}


@pytest.mark.parametrize("case_s", [2.0, 4.0])
@pytest.mark.parametrize("spread", [0.005, 0.08])
@pytest.mark.parametrize("slower", [1.0, 1.5])
def test_no_case_makes_anybody_wait_beyond_the_budget(
    tmp_path: Path, case_s: float, spread: float, slower: float
) -> None:
    pretended = Pretended({"slow": slower}, spread, case_s={"slow": case_s})
    found = compared(pretended, tmp_path, budget_s=60.0)
    profiles_s = 0.15 * 57 if analysis.candidates(found) else 0.0
    assert pretended.now_s + profiles_s <= 60
    assert found.absences == ()
    assert analysis.results(found)[0].ratio is not None


def test_the_time_that_is_told_at_first_is_what_a_case_without_a_change_takes(tmp_path: Path) -> None:
    pretended, told = Pretended({"a": 1.0, "b": 1.0}), Nobody()
    compared(pretended, tmp_path, listener=told)
    assert told.expected_s[0] == pytest.approx(pretended.now_s, rel=0.15)


def test_the_time_is_told_anew_when_more_blocks_are_needed_and_never_beyond_the_budget(tmp_path: Path) -> None:
    pretended, told = Pretended({"noisy": 1.0}, spread=0.08), Nobody()
    compared(pretended, tmp_path, budget_s=60.0, listener=told)
    assert told.expected_s[-1] == pytest.approx(pretended.now_s, rel=0.15)
    assert max(told.expected_s) <= 60


def test_a_case_that_fails_is_left_out_and_the_others_go_on(tmp_path: Path) -> None:
    pretended = Pretended({"a": 1.0, "broken": -1.0})
    found = compared(pretended, tmp_path)
    assert pretended.count("pilot", "broken") == 1
    assert {one.case: one.valid for one in analysis.results(found)} == {"a:one": True, "broken:one": False}


def test_nothing_at_all_to_compare_ends_at_once(tmp_path: Path) -> None:
    pretended = Pretended({"broken": -1.0})
    compared(pretended, tmp_path)
    assert len(pretended.blocks) == 1
