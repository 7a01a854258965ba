"""Runs that were measured apart are compared where they are alike, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from comparisons import RUN_CASES as CASES
from comparisons import runs_compared
from factories import synthetic_run

from bench.analysis.comparison import verdicts as analysis
from bench.model.comparison import Comparison, Verdict
from bench.model.run import AllocationSample, Run, TimingSample


def changed(run: Run, ratio: float, of: str = CASES[1]) -> Run:
    """The same run, in which one case costs `ratio` times as much, and allocates as much more."""

    def by(sample: object) -> object:
        if isinstance(sample, TimingSample) and sample.case == of:
            dearer = tuple(us * ratio for us in sample.windows.cpu_us)
            return sample.model_copy(update={"windows": sample.windows.model_copy(update={"cpu_us": dearer})})
        if isinstance(sample, AllocationSample) and sample.case == of:
            return sample.model_copy(update={"allocs": round(sample.allocs * ratio)})
        return sample

    return run.model_copy(update={"samples": tuple(by(sample) for sample in run.samples)})


def said(found: Comparison) -> dict[tuple[str, str], Verdict]:
    return {(one.case, one.metric): one.verdict for one in found.results}


def test_on_one_host_allocations_decide_and_times_are_told_without_a_verdict_of_change() -> None:
    found = runs_compared(synthetic_run(1), changed(synthetic_run(2), 1.3))
    assert said(found) == {
        (CASES[0], "cpu_us"): Verdict.EQUIVALENT,
        (CASES[0], "allocs"): Verdict.EQUIVALENT,
        (CASES[1], "cpu_us"): Verdict.INCONCLUSIVE,
        (CASES[1], "allocs"): Verdict.SLOWER,
    }
    (slower,) = [one for one in found.results if (one.case, one.metric) == (CASES[1], "cpu_us")]
    assert slower.ratio == pytest.approx(1.3, rel=0.02)
    assert slower.reasons[0].startswith("looks slower, but was measured separately")


def elsewhere(run: Run) -> Run:
    return run.model_copy(update={"host": run.host.model_copy(update={"fingerprint": "0ther", "cpu_model": "Other"})})


def test_of_another_host_only_allocations_are_compared_and_decide() -> None:
    found = runs_compared(elsewhere(synthetic_run(1)), changed(synthetic_run(2), 1.3))
    assert {one.verdict for one in found.results if one.metric == "cpu_us"} == {Verdict.INCOMPARABLE}
    (reason,) = {reason for one in found.results for reason in one.reasons}
    assert reason == "measured on another host (Other, 2 cores)"
    assert [one.verdict for one in analysis.primary_results(found)] == [Verdict.EQUIVALENT, Verdict.SLOWER]


def resourced(run: Run) -> Run:
    cases = tuple(
        case.model_copy(update={"source_sha256": "1" * 64}) if case.id == CASES[0] else case for case in run.cases
    )
    return run.model_copy(update={"cases": cases})


@pytest.mark.parametrize(
    ("changes", "cases"),
    [(resourced, {CASES[0]}), (lambda run: run.model_copy(update={"measurement": 0}), set(CASES))],
)
def test_what_was_not_the_same_work_is_not_compared_at_all(changes: Callable[[Run], Run], cases: set[str]) -> None:
    found = runs_compared(changes(synthetic_run(1)), synthetic_run(2))
    assert {one.case for one in found.results if one.verdict is Verdict.INCOMPARABLE} == cases
    assert all(one.ratio is None and not one.valid for one in found.results if one.case in cases)


def test_a_case_that_one_run_did_not_time_is_no_measurement() -> None:
    head = synthetic_run(2)
    kept = tuple(s for s in head.samples if not (isinstance(s, TimingSample) and s.case == CASES[0]))
    found = runs_compared(synthetic_run(1), head.model_copy(update={"samples": kept}))
    (first,) = [one for one in found.results if (one.case, one.metric) == (CASES[0], "cpu_us")]
    assert (first.case, first.valid, first.reasons) == (CASES[0], False, ("head: not timed",))


def test_two_sessions_of_the_same_are_no_change_whatever_their_seeds() -> None:
    verdicts = {
        verdict
        for seed in range(3, 6)
        for verdict in said(runs_compared(synthetic_run(1), synthetic_run(seed))).values()
    }
    assert verdicts <= {Verdict.EQUIVALENT, Verdict.INCONCLUSIVE}
