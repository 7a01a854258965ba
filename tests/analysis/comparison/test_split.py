"""A change is split into shares of dependencies and of code, which have to add up to what was measured in one go."""

from __future__ import annotations

from comparisons import comparison

from bench.analysis.comparison.results import reported
from bench.analysis.comparison.split import changed, closings, fails, shares
from bench.model.comparison import AnswerMismatch, Comparison, Result, Verdict
from bench.stats.two_stage import Change


def result(name: str, log_mean: float, verdict: Verdict = Verdict.SLOWER) -> Result:
    return reported(f"{name}:one", "cpu_us", 0.03, Change(log_mean, 0.01, 0.003, 20, 24), verdict)


def found(*results: Result, disagreements: tuple[AnswerMismatch, ...] = ()) -> Comparison:
    made = comparison(*dict.fromkeys(one.case.partition(":")[0] for one in results))
    return made.model_copy(update={"results": results, "disagreements": disagreements})


def test_only_what_changed_is_split() -> None:
    whole = found(result("a", 0.1), result("b", 0.0, Verdict.EQUIVALENT), result("c", -0.1, Verdict.FASTER))
    assert changed(whole) == ["a:one", "c:one"]


def test_shares_that_add_up_close_and_others_do_not() -> None:
    whole = found(result("a", 0.1), result("c", -0.1, Verdict.FASTER))
    packages = found(result("a", 0.07), result("c", -0.2))
    code = found(result("a", 0.035), result("c", 0.0))
    whole = whole.model_copy(update={"split": shares(changed(whole), packages, code)})
    first, second = closings(whole)
    assert (first.case, round(first.residual, 6), first.closes) == ("a:one", 0.005, True)
    assert round(first.half_width, 6) == round(0.01 * 3**0.5, 6)
    assert (second.case, round(second.residual, 6), second.closes) == ("c:one", -0.1, False)


def test_a_case_that_one_of_both_answers_otherwise_has_the_reason_in_place_of_a_share() -> None:
    whole = found(result("a", 0.1), result("b", 0.1))
    other = AnswerMismatch(case="b:one", base="status 200", head="status 422")
    packages = found(result("a", 0.1), disagreements=(other,))
    code = found(result("a", 0.0), result("b", 0.0))
    split = shares(changed(whole), packages, code)
    missing = split.dependencies[1]
    assert (missing.ratio, missing.verdict) == (None, Verdict.INCOMPARABLE)
    assert missing.reasons == ("base status 200, head status 422",)
    whole = whole.model_copy(update={"split": split})
    assert [one.case for one in closings(whole)] == ["a:one"]
    assert fails(changed(whole), packages) is None


def test_code_that_runs_on_none_of_the_head_s_packages_says_why() -> None:
    broken = AnswerMismatch(case="a:one", base="fine", head="fails: ImportError: no", broken="head")
    assert fails(["a:one"], found(disagreements=(broken,))) == "fails: ImportError: no"
    assert list(closings(found())) == []
