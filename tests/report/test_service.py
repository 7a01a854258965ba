"""How a service did under load: objectives, state and timeline, on every surface."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bench.analysis.run.summary import summarise
from bench.model.load import LoadSample, Second, SilentPeriod
from bench.model.run import Run
from bench.model.scenario import ErrorLimit, Objective
from bench.report.document import Document
from bench.report.documents import run as documents_run
from bench.report.exports import objectives
from bench.report.exports import run as exports_run
from bench.report.figures.timeline import charts, sparklines
from bench.report.renderers.html import page
from bench.stats.histogram import from_latencies
from tests.factories import synthetic_run
from tests.widths import assert_whole, printed

STALLED_S = range(4, 7)
_TIMELINE = tuple(
    Second(requests=0, errors=0, p50_ms=None, p99_ms=None)
    if second in STALLED_S
    else Second(requests=200 - second, errors=second % 3, p50_ms=2.5, p99_ms=9.0 + second)
    for second in range(12)
)


def stalling(sample: LoadSample) -> LoadSample:
    """Half a percent failed, and for three seconds nothing came."""
    return sample.model_copy(
        update={
            "duration_s": 12.0,
            "requests": 2_390,
            "per_second": tuple(one.requests for one in _TIMELINE),
            "latency": from_latencies([2_500_000] * 2_300 + [3_000_000_000] * 90),
            "errors": {"status_500": 12, "timeout": 18},
            "failed_s": 180.0,
            "under_way": 40.0,
            "users": 64,
            "connections": 64,
            "timeline": _TIMELINE,
            "silent": (SilentPeriod(at_s=4.02, duration_s=2.98),),
            "require": (
                Objective(q=0.99, limit_ms=20.0),
                ErrorLimit(failed_share=0.05),
                Objective(q=0.999, limit_ms=9),
            ),
        }
    )


@pytest.fixture(scope="module")
def troubled() -> Run:
    """One load of the synthetic run stalls, and has objectives."""
    whole = synthetic_run()
    first = next(sample for sample in whole.samples if isinstance(sample, LoadSample))
    samples = tuple(stalling(one) if one is first else one for one in whole.samples)
    return whole.model_copy(update={"samples": samples})


@pytest.fixture(scope="module")
def told(troubled: Run) -> Document:
    return documents_run.document(troubled, {})


def the_load(run: Run) -> LoadSample:
    return next(sample for sample in run.samples if isinstance(sample, LoadSample) and sample.timeline)


def test_a_load_with_problems_is_read_at_100_columns(told: Document, golden: Callable[[str, str], None]) -> None:
    text = printed(told, 100)
    begin, end = text.index("  Objectives"), text.index("\nPeak memory")
    golden("service.txt", text[begin:end])


def test_it_stays_whole_at_every_width(told: Document) -> None:
    assert_whole(told)


def test_a_percentile_among_failed_requests_is_longer_than_the_longest_response(told: Document) -> None:
    assert "> 3,000" in printed(told, 100)
    assert "&gt; 3,000" in page(told)


def test_what_is_not_met_is_the_first_sentence(told: Document) -> None:
    assert told.headline[0].startswith("`raw_asgi:rows100` does not meet p99 ≤ 20 ms: p99")


def test_a_second_without_an_answer_is_marked_in_the_line(troubled: Run) -> None:
    lines = dict(sparklines(the_load(troubled)))
    assert set(lines) == {"requests/s", "p99 ms", "errors/s"}
    marks, _, figures = lines["requests/s"].partition("  ")
    assert [n for n, mark in enumerate(marks) if mark == "!"] == list(STALLED_S)
    assert figures == "0 to 200"


def test_a_second_between_two_slow_responses_is_no_stall_and_not_marked(troubled: Run) -> None:
    slow = the_load(troubled).model_copy(update={"latency": from_latencies([4_000_000_000] * 6), "requests": 6})
    lines = dict(sparklines(slow))
    assert "!" not in "".join(lines.values())
    assert [n for n, mark in enumerate(lines["p99 ms"][:12]) if mark == " "] == list(STALLED_S)


def test_a_chart_says_every_point_and_every_stall_for_those_who_can_not_see_it(troubled: Run) -> None:
    for svg in charts(the_load(troubled)).values():
        assert "no answer from second 4.0 to 7.0" in svg
        assert "second 0.5: p99 9.00 ms" in svg


def test_a_long_load_is_drawn_with_a_bounded_number_of_points(troubled: Run) -> None:
    long = the_load(troubled).model_copy(update={"timeline": _TIMELINE * 300, "duration_s": 3600.0, "silent": ()})
    assert len(dict(sparklines(long))["requests/s"].partition("  ")[0]) == 30
    assert charts(long)["wide"].count("requests/s 1") <= 120


def test_objectives_are_exported_for_a_ci(troubled: Run, tmp_path: Path) -> None:
    exports_run.write(troubled, {}, tmp_path)
    found = json.loads((tmp_path / "summary.json").read_text("utf-8"))["objectives"]
    assert [(one["objective"], one["met"]) for one in found if one["scenario"] == "steady"][:3] == [
        ("p99 ≤ 20 ms", False),
        ("errors ≤ 5%", True),
        ("p99.9 ≤ 9 ms", None),
    ]
    suite = ET.fromstring((tmp_path / "junit.xml").read_text("utf-8"))  # noqa: S314 - ours
    assert suite.get("failures") == "1"
    assert int(suite.get("errors") or 0) >= 1
    assert "does not meet p99 ≤ 20 ms" in (tmp_path / "comment.md").read_text("utf-8")


def test_an_invalid_load_leaves_its_objectives_unknown(troubled: Run) -> None:
    broken = the_load(troubled).model_copy(update={"server_requests": 1})
    run = troubled.model_copy(update={"samples": (broken,)})
    rows = [row for row in objectives.rows(summarise(run)) if row.case == broken.case]
    assert [(row.met, row.objective) for row in rows] == [(None, "all")]
    assert "counted on both sides" in rows[0].found


def test_a_run_without_objectives_exports_none(run: Run, tmp_path: Path) -> None:
    exports_run.write(run, {}, tmp_path)
    assert not (tmp_path / "junit.xml").exists()
    assert "objectives" not in json.loads((tmp_path / "summary.json").read_text("utf-8"))
