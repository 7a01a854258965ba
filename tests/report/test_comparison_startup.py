"""A comparison by start-up as it is read: both metrics decide, memory is larger or smaller, and steps have a table."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from comparisons import comparison
from startups import start, startup_comparison, startups_compared
from sweeps import bisection, sweep

from bench.analysis.comparison import verdicts as analysis
from bench.analysis.series.bisection import BisectionAnswer, BisectionEnd
from bench.model.comparison import AnswerMismatch, Comparison, Verdict
from bench.model.pair_samples import StartupPair
from bench.model.run import MissingSample
from bench.model.selftest import Control, Selftest
from bench.model.workload import Pass
from bench.report.documents.bisection import document as bisection_document
from bench.report.documents.comparison import document
from bench.report.documents.sweep import document as sweep_document
from bench.report.exports import comparison as exports_comparison
from bench.report.renderers.html import page
from bench.report.renderers.markdown import markdown
from bench.report.templates import anchor
from bench.report.words.bisection import BisectionNarrative
from bench.report.words.comparison import notes
from bench.report.words.comparison_verdict import sentence
from bench.report.words.sweep import sentences, swept
from bench.stats.two_stage import Change
from bench.store import documents
from tests.widths import assert_whole, printed

HELD = "small (memory at rest)"


def larger() -> Comparison:
    """The same two stacks the other way round, as far as memory goes."""
    made = startups_compared()
    results = tuple(
        one.model_copy(update={"verdict": Verdict.SLOWER, "ratio": 1.5, "ci_low": 1.49, "ci_high": 1.51})
        if (one.case, one.metric) == ("small", "rest_mb")
        else one
        for one in made.results
    )
    return made.model_copy(update={"results": results})


def test_the_verdict_has_a_sentence_for_each_metric() -> None:
    assert sentence(startups_compared()) == (
        "SLOWER: 1 of 3 apps, worst `slow` +20.3% start-up CPU; 2 equivalent. "
        "No app is larger by 3.0% or more, by memory at rest; 1 smaller and 2 equivalent."
    )
    assert "LARGER: 1 of 3 apps, worst `small` +50.0% memory at rest; 2 equivalent." in sentence(larger())


def test_each_metric_has_a_row_of_its_own_and_each_step_its_cost() -> None:
    text = printed(document(startups_compared()), 110)
    rows = [line.split() for line in text.splitlines()]
    assert ["slow", "start-up", "CPU", "slower"] in [row[:4] for row in rows]
    assert ["small", "memory", "at", "rest", "smaller"] in [row[:5] for row in rows]
    assert "Start-up, step by step" in text
    assert ["importing", "libraries", "450.0"] in [row[:3] for row in rows]
    assert_whole(document(startups_compared()))


def test_the_page_says_what_a_start_is_and_its_links_lead_somewhere() -> None:
    text = page(document(startups_compared()))
    assert "A block is one fresh process of each side" in text
    assert f'href="#case-{anchor(HELD)}"' in text
    assert f'id="case-{anchor(HELD)}"' in text


def test_only_what_decides_is_said_to_decide() -> None:
    both = " ".join(printed(document(startups_compared()), 110).split())
    memory = startups_compared().model_copy(update={"gate": "rest_mb"})
    memory = memory.model_copy(update={"results": analysis.results(memory)})
    assert "Only start-up CPU and memory at rest decide." in both
    assert "Only memory at rest decides." in " ".join(printed(document(memory), 110).split())
    text = page(document(startups_compared()))
    assert "is slower or faster, or larger or smaller when its whole interval" in text
    assert "is larger or smaller when its whole interval" in page(document(memory))
    assert "where counts disagree" not in text


def test_what_self_tests_of_requests_say_is_not_said_of_starts() -> None:
    known = Selftest(
        tests=2,
        last_at=datetime(2026, 3, 1, tzinfo=UTC),
        margin=0.03,
        half_width=0.01,
        controls=(Control(share=0.0, cases=20, held=20, seen=0, slower=0, faster=0),),
    )
    of_requests = comparison("a").model_copy(update={"selftest": known})
    assert "self-test" in " ".join(notes(of_requests))
    assert "self-test" not in " ".join(notes(startups_compared().model_copy(update={"selftest": known})))
    text = page(document(startups_compared().model_copy(update={"selftest": known})))
    assert "false alarm" not in text.lower()


def test_a_comment_names_both_metrics() -> None:
    text = markdown(document(startups_compared()))
    assert text.startswith("**SLOWER: 1 of 3 apps, worst `slow` +20.3% start-up CPU; 2 equivalent. No app is larger")
    assert "memory at rest" in text


def test_junit_has_a_test_for_each_metric_of_each_app() -> None:
    suite = ET.fromstring(exports_comparison.junit(larger()))  # noqa: S314  our own text
    failing = {case.get("name") for case in suite if case.find("failure") is not None}
    assert failing == {"slow (start-up CPU)", HELD}
    assert len(suite) == 6


def test_other_tools_get_milliseconds_and_megabytes(tmp_path: Path) -> None:
    exports_comparison.write(startups_compared(), tmp_path)
    units = {one["name"]: one["unit"] for one in json.loads((tmp_path / "github-action-benchmark.json").read_text())}
    assert units["slow (start-up CPU)"] == "ms CPU"
    assert units[HELD] == "MB"
    bencher = json.loads((tmp_path / "bencher.json").read_text())
    assert 30 < bencher["small"]["rest_mb"]["value"] < 33
    assert bencher["slow"]["startup_cpu_ms_ratio"]["lower_value"] > 1.1
    pyperf = json.loads((tmp_path / "head.pyperf.json").read_text())
    slow = next(one for one in pyperf["benchmarks"] if one["metadata"]["name"] == "slow")
    assert 0.6 < slow["runs"][0]["values"][0] < 0.9


def test_an_app_that_starts_on_one_side_only_is_broken_and_no_different_response() -> None:
    one = AnswerMismatch(case="a", base="starts", head="fails: no", broken="head")
    made = startup_comparison("a").model_copy(update={"disagreements": (one,)})
    text = printed(document(made), 110)
    assert "BROKEN: HEAD fails a; 1 that start on one side only." in " ".join(text.split())
    assert "Starts on one side only" in text
    assert "response" not in text.lower()
    assert "starts on one side only: base starts; head fails: no" in exports_comparison.junit(made)


def test_an_app_that_failed_later_on_has_no_steps_and_one_that_is_too_short_is_told_of() -> None:
    made = startups_compared()
    absence = MissingSample.invalid("small", Pass.STARTUP, "head: it ended")
    text = " ".join(printed(document(made.model_copy(update={"absences": (absence,)})), 110).split())
    assert "slow start-up CPU 600.5" in text
    assert "small start-up CPU 600.5" not in text
    starts = [one for one in made.samples if isinstance(one, StartupPair)]
    brief = start(cpu=0.001)
    samples = tuple(
        one.model_copy(update={"base": brief, "head": brief}) if one.case == "same" else one for one in starts
    )
    text = " ".join(printed(document(made.model_copy(update={"samples": samples})), 110).split())
    assert "Too short to compare their CPU, with less than 20 ms on both sides: same." in text
    assert "not measured apart" not in text
    whole = {"libraries_cpu_ms": None, "build_cpu_ms": None}
    both = {"base": starts[0].base.model_copy(update=whole), "head": starts[0].head.model_copy(update=whole)}
    samples = tuple(one.model_copy(update=both) if one.case == "same" else one for one in starts)
    text = " ".join(printed(document(made.model_copy(update={"samples": samples})), 110).split())
    assert "Importing libraries is not measured apart from building: same. Routes or memory differ" in text


def test_a_stored_one_is_what_it_was(tmp_path: Path) -> None:
    made = startups_compared()
    documents.COMPARISON.save(made, tmp_path)
    assert documents.COMPARISON.load(tmp_path / made.id) == made


def test_a_sweep_by_memory_speaks_of_memory_in_megabytes() -> None:
    made = sweep("small", releases=("0.129.2", "0.130.0"))
    words = made.words.model_copy(update={"metric": "rest_mb", "cases": startup_comparison("small").cases})
    made = made.model_copy(update={"words": words, "anchor": startups_compared().base, "complete": True})
    found = startups_compared().model_copy(update={"gate": "rest_mb"})
    made = made.model_copy(update={"releases": ("0.129.2", "0.130.0"), "comparisons": {"0.130.0": found.id}})
    told = swept(made, {"0.130.0": found})
    assert told.anchor_costs["small"] == 48.0
    said = " ".join(sentences(told))
    assert "memory at rest" in said
    assert "CPU" not in said
    text = page(sweep_document(told))
    assert "0.130.0 after 0.129.2: " not in text or "smaller, " in text
    assert "--startup</code>" in text
    assert "flame graphs" not in text


def test_a_bisection_by_memory_speaks_of_memory() -> None:
    made = bisection("small", ("1.0", "1.1"))
    made = made.model_copy(update={"words": made.words.model_copy(update={"metric": "rest_mb"})})
    answer = BisectionAnswer("1.0", "1.1", 0.03, Change(0.4, 0.01, 0.003, 19, 20), Verdict.SLOWER)
    end = BisectionEnd("found", "1.0", "1.1", whole=answer, confirmed=answer)
    sides = {"1.0": startups_compared().base, "1.1": startups_compared().head}
    text = printed(bisection_document(BisectionNarrative(made, end, (answer,), sides)), 100)
    assert "memory at rest +49.2%" in " ".join(text.split())
    assert not any(f"CPU{end}" in text for end in (" +", " against", ","))
