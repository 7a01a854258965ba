"""A comparison reads well on a terminal, in a comment and in other tools, whatever its data holds."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest
from comparisons import comparison, counted, measured, side
from widths import assert_whole, printed

from bench.analysis import comparison as analysis
from bench.analysis import launches
from bench.model.comparison import AnswerMismatch, Comparison
from bench.model.run import MissingSample
from bench.report.documents.comparison import document
from bench.report.exports import comparison as exports_comparison
from bench.report.renderers.markdown import markdown
from bench.report.words.comparison import sentence

NASTY = "<b>`bold`</b> | @everyone [x](http://x)\n# head"


def whole() -> Comparison:
    """One slower, one faster, one equivalent whose allocations grew, one noisy, one broken, one that differs."""
    samples = [
        *measured("slow", 1.4, {"pilot": 12, "confirmation": 12}),
        *measured("fast", 0.5, {"pilot": 12, "confirmation": 12}),
        *measured("same", 1.0, {"pilot": 12}),
        *measured("noisy", 1.0, {"pilot": 12}, spread=0.06),
        counted("same", 1.2),
        counted("slow", 1.3),
    ]
    made = comparison("slow", "fast", "same", "noisy", "broken", "other").model_copy(
        update={
            "samples": tuple(samples),
            "head": side("0.130.0", starlette="0.53.0"),
            "complete": True,
            "disagreements": (AnswerMismatch(case="other:one", base=f"answers {NASTY}", head="fails: no"),),
            "absences": (MissingSample(case="broken:one", during="timing", kind="invalid", reason=NASTY),),
        }
    )
    return made.model_copy(update={"results": analysis.results(made)})


def test_a_comparison_reads_well_on_a_terminal(golden: Callable[[str, str], None]) -> None:
    golden("comparison.txt", printed(document(whole()), 110))


def test_a_terminal_of_any_width_shows_every_figure_whole() -> None:
    assert_whole(document(whole()))


def test_a_comparison_reads_well_as_a_comment(golden: Callable[[str, str], None]) -> None:
    golden("comparison.md", markdown(document(whole())))


def test_the_first_line_of_a_comment_is_the_verdict_and_nothing_of_the_data_is_markup() -> None:
    text = markdown(document(whole()))
    assert text.startswith("**SLOWER: 1 of 5 cases, worst `slow:one` +")
    assert "<b>" not in text
    assert "@everyone" not in text
    assert "\n# head" not in text


@pytest.mark.parametrize(
    ("ratios", "wanted"),
    [
        ({"a": 1.0, "b": 1.0}, "No case is slower by 3.0% or more; 2 equivalent."),
        ({"a": 1.0, "b": 0.5}, "No case is slower by 3.0% or more; 1 faster and 1 equivalent."),
        ({}, "Nothing could be compared."),
    ],
)
def test_the_verdict_is_a_sentence_that_stands_alone(ratios: dict[str, float], wanted: str) -> None:
    samples = [
        one for name, ratio in ratios.items() for one in measured(name, ratio, {"pilot": 12, "confirmation": 12})
    ]
    made = comparison(*ratios).model_copy(update={"samples": tuple(samples)})
    assert sentence(made.model_copy(update={"results": analysis.results(made)})) == wanted


def test_junit_has_a_test_a_case_and_skips_what_is_not_known() -> None:
    suite = ET.fromstring(exports_comparison.junit(whole()))  # noqa: S314  our own text
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6", "failures": "1", "errors": "2", "skipped": "1",
    }  # fmt: skip
    kinds = {test.get("name"): [child.tag for child in test] for test in suite}
    assert kinds["slow:one"] == ["failure"]
    assert kinds["noisy:one"] == ["skipped"]
    assert kinds["same:one"] == kinds["fast:one"] == []


def test_other_tools_get_costs_in_their_units() -> None:
    found = whole()
    assert found.results
    bencher = exports_comparison.bencher(found)
    assert bencher["slow:one"]["cpu_us"]["value"] == pytest.approx(70, rel=0.02)
    assert bencher["slow:one"]["cpu_us_ratio"]["value"] == pytest.approx(1.4, rel=0.02)
    assert {one["name"] for one in exports_comparison.action(found)} == {
        "slow:one",
        "fast:one",
        "same:one",
        "noisy:one",
    }
    base, head = (exports_comparison.pyperf(found, arm)["benchmarks"] for arm in launches.ARMS)
    assert [one["metadata"]["name"] for one in base] == [one["metadata"]["name"] for one in head]
    assert base[0]["runs"][0]["values"][0] == pytest.approx(50e-6, rel=0.1)
    (first, *_) = exports_comparison.pytest_benchmark(found, "head")["benchmarks"]
    assert first["stats"]["rounds"] == 24
    assert first["stats"]["median"] == pytest.approx(70e-6, rel=0.02)
