"""Beside the verdict stands what a comparison could have missed, and how often comparisons here are wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from comparisons import comparison, measured, runs_compared
from factories import synthetic_run
from widths import printed

from bench.analysis.comparison import verdicts as analysis
from bench.model.comparison import Comparison
from bench.model.selftest import Control, Selftest
from bench.report.documents.comparison import document
from bench.report.renderers.html import page
from bench.report.renderers.markdown import markdown
from bench.report.words.missed import could_be_missed, limits, unknown_alarms
from bench.report.words.selftest import UNKNOWN, false_alarms
from bench.stats.intervals import share_at_most
from bench.store import documents


def compared(**ratios: float) -> Comparison:
    samples = [one for name, ratio in ratios.items() for one in measured(name, ratio, {"pilot": 12, "confirmation": 9})]
    made = comparison(*ratios).model_copy(update={"samples": tuple(samples), "complete": True})
    return made.model_copy(update={"results": analysis.results(made)})


def known_by(alarms: int, cases: int) -> Selftest:
    same = Control(share=0.0, cases=cases, held=cases, seen=0, slower=alarms, faster=0)
    return Selftest(
        tests=1,
        last_at=datetime(2026, 3, 1, tzinfo=UTC),
        margin=0.01,
        half_width=0.005,
        controls=(same, same.model_copy(update={"share": 0.05})),
        alarms_at_most=share_at_most(alarms, cases),
    )


def test_the_largest_bound_of_what_did_not_change_could_have_been_missed() -> None:
    found = compared(same=1.0, quicker=0.99, slower=1.3)
    by_case = {one.case: one for one in found.results}
    assert by_case["slower:one"].not_excluded is None
    low = by_case["quicker:one"].ci_low
    assert low is not None
    assert by_case["quicker:one"].not_excluded == pytest.approx(1 - low)
    (said,) = could_be_missed(found)
    assert said.startswith("`quicker:one` may have changed by up to 1.")
    assert " and `same:one` by up to " in said
    assert "slower:one" not in said


def test_the_worst_few_have_names_and_one_limit_holds_for_the_others() -> None:
    found = compared(**{f"case{at}": 1.0 + at / 1000 for at in range(9)})
    (said,) = could_be_missed(found)
    assert said.count("`") == 6
    assert "; each of the other 6 cases by up to " in said


def test_none_of_88_is_not_never() -> None:
    assert share_at_most(0, 88) == pytest.approx(0.0335, abs=0.0002)
    assert share_at_most(88, 88) == 1.0
    assert "none of 88 unchanged cases were called changed" in false_alarms(known_by(0, 88))
    assert "so at most 3.4% are (95% confidence)" in false_alarms(known_by(0, 88))
    assert "2 of 88 unchanged cases" in false_alarms(known_by(2, 88))
    assert false_alarms(known_by(0, 3)).endswith("at a margin of 1.0%, too few to state a rate.")


@pytest.mark.parametrize(("hits", "of"), [(1, 0), (0, 0), (-1, 3), (4, 3)])
def test_a_share_of_nothing_is_none(hits: int, of: int) -> None:
    with pytest.raises(ValueError, match="a share needs tries"):
        share_at_most(hits, of)


def test_terminal_page_comment_and_stored_comparison_say_both(tmp_path: Path) -> None:
    found = compared(same=1.0).model_copy(update={"selftest": known_by(0, 88)})
    made = document(found)
    shown = (" ".join(printed(made, 100).split()), page(made), markdown(made))
    for text in shown:
        assert "may have changed by up to" in text
        assert "none of 88 unchanged cases" in text
    documents.COMPARISON.save(found, tmp_path)
    kept = documents.COMPARISON.load(tmp_path / found.id)
    assert kept.results[0].not_excluded == found.results[0].not_excluded
    assert kept.selftest is not None
    assert kept.selftest.alarms_at_most == pytest.approx(share_at_most(0, 88))


def test_without_a_self_test_the_command_is_named_that_measures_it() -> None:
    assert unknown_alarms(compared(same=1.0)) == [UNKNOWN]
    assert unknown_alarms(compared(same=1.0).model_copy(update={"selftest": known_by(0, 3)})) == []
    assert "bench selftest" in UNKNOWN


def test_what_has_no_intervals_or_no_result_has_no_limits() -> None:
    assert limits(comparison("a")) == []
    assert limits(runs_compared(synthetic_run(), synthetic_run())) == []
