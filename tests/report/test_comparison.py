"""A comparison reads well on a terminal, in a comment and in other tools, whatever its data holds."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest
from comparisons import comparison, counted, measured, side
from widths import assert_whole, printed

from bench.analysis.comparison import launches
from bench.analysis.comparison import verdicts as analysis
from bench.model.comparison import AnswerMismatch, Comparison
from bench.model.run import MissingSample
from bench.model.server import ServerSettings
from bench.report.document import Section, Table, walk
from bench.report.documents.comparison import document
from bench.report.exports import comparison as exports_comparison
from bench.report.renderers.markdown import markdown
from bench.report.sections.comparison.setting import setting
from bench.report.words.comparison_verdict import sentence

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


def test_what_looks_changed_and_is_not_confirmed_stands_in_the_headline_and_unfolded() -> None:
    found = comparison("a", "b").model_copy(
        update={"samples": (*measured("a", 1.86, {"pilot": 20}), *measured("b", 1.0, {"pilot": 20}))}
    )
    found = found.model_copy(update={"results": analysis.results(found)})
    told = markdown(document(found)).splitlines()
    assert told[0].startswith("**No case is known to be slower; 1 inconclusive and 1 equivalent.")
    assert told[2] == (
        "- 1 case looks changed but could not be confirmed, the largest change is `a:one` +85.9%: measure again."
    )
    shown = "\n".join(told).partition("<details>")[0]
    assert "| `a:one` | inconclusive |" in shown
    assert "| `b:one` |" not in shown


def test_margins_that_differ_are_told_and_the_verdict_speaks_of_each_case_s_own() -> None:
    found = measured_at(1.0, {"a": 0.1}, "a", "b")
    assert sentence(found) == "No case is slower by its own margin or more; 2 equivalent."
    text = markdown(document(found))
    assert "margin 3.0% (1 case has its own)" in text
    assert "| case | verdict | CPU | 99% interval | margin |" in text


def measured_at(ratio: float, margins: dict[str, float], *names: str) -> Comparison:
    samples = [one for name in names for one in measured(name, ratio, {"pilot": 12}, 0.003)]
    made = comparison(*names).model_copy(update={"samples": tuple(samples), "complete": True})
    cases = tuple(case.model_copy(update={"margin": margins.get(case.target)}) for case in made.cases)
    made = made.model_copy(update={"cases": cases})
    return made.model_copy(update={"results": analysis.results(made)})


def test_ignored_routes_are_counted_and_listed_and_in_no_verdict() -> None:
    ignored = [
        MissingSample(case=f"GET /{at}", during="timing", kind="skipped", reason="ignored by the requests file")
        for at in range(30)
    ]
    found = measured_at(1.0, {}, "a").model_copy(update={"absences": tuple(ignored)})
    assert sentence(found) == "No case is slower by 3.0% or more; 1 equivalent."
    said = "`GET /0`, `GET /1`, `GET /2`, `GET /3`, `GET /4` and 25 more skipped: ignored by the requests file"
    assert said in markdown(document(found))


def test_a_reason_that_many_cases_share_is_said_once() -> None:
    reason = "with all 30 cases, a verdict needs at least --budget 400s"
    names = [f"case{at}" for at in range(30)]
    late = [MissingSample(case=f"{name}:one", during="timing", kind="invalid", reason=reason) for name in names]
    made = comparison("same", *names).model_copy(
        update={"samples": tuple(measured("same", 1.0, {"pilot": 12})), "absences": tuple(late), "complete": True}
    )
    text = markdown(document(made.model_copy(update={"results": analysis.results(made)})))
    assert f"- 30 cases were not measured: {reason}." in text
    assert f"- `case0:one`, `case1:one`, `case2:one`, `case3:one`, `case4:one` and 25 more: {reason}" in text
    assert text.count(reason) == 2


def test_a_terminal_shows_a_few_of_many_cases_that_did_not_change() -> None:
    lines = printed(document(measured_at(1.0, {}, *(f"case{at}" for at in range(60)))), 100).splitlines()
    assert len(lines) < 40
    assert any("… and 40 more, see the page" in line for line in lines)


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


def test_one_command_that_names_no_stack_is_not_called_the_second() -> None:
    one = comparison()
    sides = {name: getattr(one, name).model_copy(update={"named": ""}) for name in ("base", "head")}
    command = ("compare", "--served", "--targets", ".", "--server", "uvicorn loop=asyncio")
    said = repr(setting(one.model_copy(update=sides | {"command": command})))
    assert "bench compare --served --targets . --server" in said
    assert "base.lock" not in said
    assert "second command" not in said


def test_two_servers_of_one_stack_are_the_title_and_a_row_of_the_setting() -> None:
    one = comparison("slow")
    sides = {
        name: one.base.model_copy(update={"server": ServerSettings.parse(words)})
        for name, words in (("base", "uvicorn loop=asyncio"), ("head", "uvicorn loop=`uvloop`"))
    }
    told = markdown(document(one.model_copy(update=sides)))
    assert "uvicorn loop=asyncio → uvicorn loop='uvloop'" in told
    (row,) = (row for row in rows_of(setting(one.model_copy(update=sides))) if row[0] == "server")
    assert row[1:] == ("uvicorn loop=asyncio", "uvicorn loop='uvloop'")


def rows_of(section: Section) -> list[tuple[str, ...]]:
    tables = (block for block in walk(section.blocks) if isinstance(block, Table))
    return [tuple(cell.text for cell in row.cells) for table in tables for row in table.rows]
