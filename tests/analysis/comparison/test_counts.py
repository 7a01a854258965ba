"""Counts are compared as they are, whatever took them."""

from __future__ import annotations

import pytest
from comparisons import comparison, counted

from bench.analysis.comparison import counts
from bench.model.comparison import Result, Verdict
from bench.model.pair_samples import InstructionPair


def instructed(ratio: float) -> InstructionPair:
    return InstructionPair(case="a:one", hash_seed=1, base_instructions=1e6, head_instructions=1e6 * ratio)


def only(sample: object) -> Result:
    (result,) = counts.results(comparison("a").model_copy(update={"samples": (sample,)}))["a:one"]
    return result


@pytest.mark.parametrize(
    ("ratio", "wanted"),
    [(1.0, Verdict.EQUIVALENT), (1.029, Verdict.EQUIVALENT), (1.05, Verdict.SLOWER), (0.9, Verdict.FASTER)],
)
def test_a_count_is_judged_by_the_margin_and_has_no_interval(ratio: float, wanted: Verdict) -> None:
    for metric, result in (("allocs", only(counted("a", ratio))), ("instructions", only(instructed(ratio)))):
        assert (result.metric, result.verdict) == (metric, wanted)
        assert result.ratio == result.ci_low == result.ci_high == pytest.approx(ratio)


def test_counts_that_contradict_each_other_decide_nothing() -> None:
    both = comparison("a").model_copy(update={"samples": (counted("a", 1.0), counted("a", 1.1))})
    (result,) = counts.results(both)["a:one"]
    assert result.verdict is Verdict.INCONCLUSIVE
    assert (result.ci_low, result.ci_high) == (1.0, pytest.approx(1.1))


def test_a_case_without_counts_has_no_result() -> None:
    assert counts.results(comparison("b").model_copy(update={"samples": (counted("a", 1.0),)})) == {}
