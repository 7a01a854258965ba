"""Results say what the blocks say: nothing from one look, nothing from disturbed windows, nothing by chance."""

from __future__ import annotations

import pytest
from comparisons import PAIRS, comparison, counted, measured, pair

from bench.analysis.comparison import verdicts as analysis
from bench.model.comparison import Comparison, Result, Verdict
from bench.model.pair_samples import PairSample, Stage
from bench.model.run import MissingSample
from bench.stats.two_stage import LARGE_PILOT

FIRST: dict[Stage, int] = {"pilot": 12}
CONFIRMED: dict[Stage, int] = {"pilot": 12, "confirmation": 12}


def of(samples: list[PairSample], *names: str, **changes: object) -> Comparison:
    return comparison(*names).model_copy(update={"samples": tuple(samples), **changes})


def only(found: Comparison) -> Result:
    (result,) = analysis.results(found)
    return result


def test_what_did_not_change_is_equivalent_with_its_interval() -> None:
    result = only(of(list(measured("a", 1.0, FIRST)), "a"))
    assert result.verdict is Verdict.EQUIVALENT
    assert (result.case, result.metric, result.blocks, result.valid) == ("a:one", "cpu_us", 12, True)
    assert result.ci_low is not None
    assert result.ci_high is not None
    assert result.ci_low < 1 < result.ci_high


@pytest.mark.parametrize(("ratio", "wanted"), [(1.1, Verdict.SLOWER), (0.5, Verdict.FASTER)])
def test_a_change_is_reported_when_fresh_blocks_show_it_too(ratio: float, wanted: Verdict) -> None:
    once = only(of(list(measured("a", ratio, FIRST)), "a"))
    assert once.verdict is Verdict.INCONCLUSIVE
    assert once.reasons == (f"looks {wanted}, but no time was left to confirm it; use a larger --budget",)
    twice = only(of(list(measured("a", ratio, CONFIRMED)), "a"))
    assert (twice.verdict, twice.blocks) == (wanted, 24)
    assert twice.ratio == pytest.approx(ratio, rel=0.01)


def test_a_change_that_fresh_blocks_do_not_show_is_none() -> None:
    samples = [*measured("a", 1.1, FIRST), *(pair("a", 20 + n, "confirmation", 1.0) for n in range(12))]
    result = only(of(samples, "a"))
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.reasons == ("looked slower, but 12 new blocks did not confirm it",)


def test_a_change_that_had_too_little_time_to_be_shown_again_says_so() -> None:
    fresh = [pair("a", 60 + n, "confirmation", 1.0) for n in range(6)]
    result = only(of([*measured("a", 1.1, {"pilot": 12, "further": 24}), *fresh], "a"))
    assert result.verdict is Verdict.INCONCLUSIVE
    said = "looks slower, but only 6 new blocks were measured to confirm it; use a larger --budget"
    assert result.reasons == (said,)


def test_windows_on_a_disturbed_core_count_on_neither_side() -> None:
    half = [n % 2 == 0 for n in range(PAIRS)]
    quiet = only(of([pair("a", n, "pilot", 1.0) for n in range(12)], "a"))
    mixed = only(of([pair("a", n, "pilot", 1.0, disturbed=half) for n in range(12)], "a"))
    assert mixed.verdict is quiet.verdict is Verdict.EQUIVALENT
    assert mixed.blocks == 12


def test_a_block_that_was_disturbed_throughout_is_left_out_and_said() -> None:
    samples = [pair("a", n, "pilot", 1.0) for n in range(11)]
    samples.append(pair("a", 11, "pilot", 1.0, disturbed=[True] * PAIRS))
    result = only(of(samples, "a"))
    assert result.blocks == 11
    assert result.reasons == ("1 block excluded: other processes used the core",)


def test_too_few_blocks_are_no_measurement() -> None:
    result = only(of([pair("a", n, "pilot", 1.0) for n in range(4)], "a"))
    assert not result.valid
    assert result.ratio is None
    assert result.reasons == ("only 4 of the first blocks are valid; needs at least 5",)


def test_a_case_that_failed_is_said_with_its_reason() -> None:
    broken = MissingSample(case="a:one", during="timing", kind="invalid", reason="head: ValueError: no")
    result = only(of([], "a", absences=(broken,)))
    assert (result.valid, result.reasons) == (False, ("head: ValueError: no",))


def test_noisy_cases_want_more_blocks_and_quiet_ones_none() -> None:
    samples = [*measured("quiet", 1.0, FIRST, 0.001), *measured("noisy", 1.0, FIRST, 0.05)]
    found = of(samples, "quiet", "noisy")
    blocks_wanted = analysis.blocks_wanted(found)
    assert set(blocks_wanted) == {"noisy:one"}
    first = len([one for one in samples if one.case == "noisy:one"])
    assert blocks_wanted["noisy:one"] == LARGE_PILOT - first
    again = [*samples, *(pair("noisy", 100 + n, "further", 1.0, 0.05) for n in range(LARGE_PILOT - first))]
    (more,) = analysis.blocks_wanted(of(again, "quiet", "noisy")).values()
    assert more > 20
    again += [pair("noisy", 200 + n, "further", 1.0, 0.05) for n in range(more)]
    assert analysis.blocks_wanted(of(again, "quiet", "noisy")) == {}


def test_what_looks_changed_is_suspected_and_has_to_show_it_again() -> None:
    samples = [*measured("same", 1.0, FIRST), *measured("slow", 1.2, {"pilot": 12, "further": 10})]
    assert analysis.candidates(of(samples, "same", "slow")) == {"slow:one": 15}


def test_each_case_is_judged_by_its_own_margin_where_it_has_one() -> None:
    samples = [one for name in ("own", "other") for one in measured(name, 1.06, CONFIRMED)]
    found = at_margins(of(samples, "own", "other"), own=0.1)
    own, other = analysis.results(found)
    assert (own.verdict, own.margin) == (Verdict.EQUIVALENT, 0.1)
    assert (other.verdict, other.margin) == (Verdict.SLOWER, 0.03)
    assert set(analysis.candidates(found)) == {"other:one"}


def test_a_wide_margin_asks_for_fewer_blocks_than_the_one_of_all() -> None:
    samples = [*measured("wide", 1.0, FIRST, 0.05), *measured("usual", 1.0, FIRST, 0.05)]
    wanted = analysis.blocks_wanted(at_margins(of(samples, "wide", "usual"), wide=0.3))
    assert set(wanted) == {"usual:one"}


def test_counts_are_judged_by_the_margin_of_their_case() -> None:
    found = at_margins(of([counted("a", 1.05), counted("b", 1.05)], "a", "b"), a=0.1)  # type: ignore[list-item]
    assert [one.verdict for one in analysis.results(found)] == [Verdict.EQUIVALENT, Verdict.SLOWER]


def at_margins(found: Comparison, **margins: float) -> Comparison:
    cases = tuple(case.model_copy(update={"margin": margins.get(case.target)}) for case in found.cases)
    return found.model_copy(update={"cases": cases})


def test_a_comparison_is_decided_by_cpu_time_alone() -> None:
    found = of([*measured("a", 1.0, FIRST), counted("a", 1.4)], "a")  # type: ignore[list-item]
    found = found.model_copy(update={"results": analysis.results(found)})
    assert [one.metric for one in found.results] == ["cpu_us", "allocs"]
    assert [one.metric for one in analysis.primary_results(found)] == ["cpu_us"]


def test_every_package_that_differs_is_known() -> None:
    found = comparison("a")
    assert analysis.differing(found.base.stack, found.head.stack) == {"fastapi": ("0.129.2", "0.130.0")}


def test_a_case_that_can_not_be_counted_is_timed_all_the_same() -> None:
    uncounted = MissingSample(case="a:one", during="allocations", kind="invalid", reason="callgrind wrote no counts")
    result = only(of(list(measured("a", 1.0, FIRST)), "a", absences=(uncounted,)))
    assert (result.metric, result.valid) == ("cpu_us", True)


def test_what_changed_is_named_first_what_got_worse_and_of_each_the_largest() -> None:
    stages: dict[Stage, int] = {"pilot": 12, "confirmation": 12}
    changes = {"a": 1.1, "b": 0.5, "c": 1.0, "d": 1.3}
    samples = [one for name, ratio in changes.items() for one in measured(name, ratio, stages)]
    found = of(samples, *changes)
    found = found.model_copy(update={"results": analysis.results(found)})
    assert analysis.changed_cases(found) == ("d:one", "a:one", "b:one")
    assert analysis.cases_beyond_margin(found) == ("b:one", "d:one", "a:one")


def test_what_lies_beyond_the_margin_need_not_be_sure_of_it() -> None:
    samples = [*measured("noisy", 1.06, {"pilot": 6}, spread=0.1), *measured("same", 1.0, {"pilot": 6})]
    found = of(samples, "noisy", "same")
    found = found.model_copy(update={"results": analysis.results(found)})
    assert analysis.changed_cases(found) == ()
    assert set(analysis.cases_beyond_margin(found)) <= {"noisy:one"}
