"""Shares that do not add up to a change are told, with what chance explains."""

from __future__ import annotations

from comparisons import comparison

from bench.analysis.comparison.results import reported
from bench.analysis.comparison.split import Closing, shares
from bench.model.comparison import Verdict
from bench.report.words.split import residual, residuals
from bench.stats.two_stage import Change
from bench.text.numbers import MINUS


def test_only_what_does_not_add_up_is_told() -> None:
    whole, packages, code = (
        comparison("a").model_copy(
            update={
                "results": (reported("a:one", "cpu_us", 0.03, Change(log, 0.01, 0.003, 20, 24), Verdict.SLOWER),),
            }
        )
        for log in (0.1, 0.0, 0.0)
    )
    split = whole.model_copy(update={"split": shares(["a:one"], packages, code)})
    assert list(residuals(split)) == [
        f"`a:one`: dependencies times code differs from the whole by {MINUS}9.5% (± 1.7%), more than chance: measure "
        "again with a larger --budget"
    ]
    assert list(residuals(whole)) == []
    assert residual(Closing("a:one", 0.005, 0.017)) == (
        "`a:one`: dependencies times code differs from the whole by +0.5% (± 1.7%), within chance"
    )
