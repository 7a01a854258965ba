"""The index names every run and comparison, readable or not, and draws each case over the runs of one host."""

from __future__ import annotations

from pathlib import Path

import pytest
from comparisons import comparison, measured
from playwright.sync_api import Browser

from bench.analysis.run.summary import summarise
from bench.model.run import Run
from bench.report.documents import index
from bench.report.figures.sparklines import EDGE, HEIGHT, WIDTH, trends
from bench.report.publish import publish_index
from bench.report.renderers.html import page
from bench.store import documents
from bench.store.record import RecordFile
from bench.workspace import Results
from tests import record_lines
from tests.opened import DESKTOP, PHONE, Look, opening
from tests.widths import assert_whole

NASTY = "<b>bold</b>"


def at(run: Run, hour: int, **changes: object) -> Run:
    return run.model_copy(update={"id": f"20260301T{hour:02}0000Z-default-a", **changes})


@pytest.fixture(scope="module")
def few(run: Run) -> Run:
    """A run of timing alone, which is quick to read."""
    samples = tuple(one for one in run.samples if one.kind == "timing")
    return run.model_copy(update={"samples": samples, "absences": ()})


@pytest.fixture(scope="module")
def results(few: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    for hour in (8, 9, 11):
        documents.RUN.save(at(few, hour), folder / "runs")
    (folder / "runs" / at(few, 11).id / "report.html").write_text("the page")
    found = comparison("a", NASTY).model_copy(update={"samples": tuple(measured("a", 1.0, {"pilot": 12}))})
    documents.COMPARISON.save(found, folder / "comparisons")
    (folder / "comparisons" / "20990101T000000Z-broken").mkdir()
    (folder / "comparisons" / "20990101T000000Z-broken" / "comparison.json").write_text(f"{{{NASTY}")
    publish_index(Results(folder))
    return folder


@pytest.mark.parametrize("look", [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"])
def test_it_opens_without_a_request_a_complaint_or_sideways_scroll(browser: Browser, results: Path, look: Look) -> None:
    file = results / "index.html"
    with opening(browser, file, look) as opened:
        assert opened.requests == [file.as_uri()]
        assert opened.complaints == []
        assert opened.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert opened.page.locator("b").count() == 0
        assert opened.page.locator(".spark circle").count() > 30


def test_every_run_and_comparison_is_named_the_newest_first(browser: Browser, results: Path, few: Run) -> None:
    with opening(browser, results / "index.html", (DESKTOP, "light")) as opened:
        runs = opened.page.locator("#runs tbody tr")
        assert [row.split("\n")[0] for row in runs.locator("th").all_inner_texts()] == [
            at(few, hour).id for hour in (11, 9, 8)
        ]
        assert runs.locator("a").evaluate_all("links => links.map(link => link.getAttribute('href'))") == [
            f"runs/{at(few, 11).id}/report.html"
        ]
        broken, fine = opened.page.locator("#comparisons tbody tr").all_inner_texts()
        assert "isn't JSON" in broken
        assert "fastapi 0.129.2 → 0.130.0" in fine
        assert "Interrupted: No case is slower by 3.0% or more; 1 equivalent." in fine


def test_the_record_is_one_page_and_each_package_is_named(tmp_path: Path) -> None:
    kept = Results(tmp_path)
    RecordFile(kept.record, "fastapi").begin(record_lines.header(), "")
    (kept.record / "orjson.jsonl").write_text(NASTY)
    (kept.record / "record.html").write_text("the page")
    said = page(index.document(kept))
    assert said.count('href="record/record.html"') == 2
    assert "Can&#39;t be read" in said
    assert NASTY not in said
    (kept.record / "record.html").unlink()
    assert "bench report record" in page(index.document(kept))


def test_an_index_of_nothing_says_how_to_begin(tmp_path: Path) -> None:
    found = index.document(Results(tmp_path))
    assert "No results yet" in page(found)


def test_every_width_of_a_terminal_shows_everything(results: Path) -> None:
    assert_whole(index.document(Results(results)))


def test_a_trend_has_a_point_for_every_run_of_its_host(few: Run) -> None:
    elsewhere = few.host.model_copy(update={"fingerprint": "another"})
    summaries = [summarise(one) for one in (at(few, 8), at(few, 9, host=elsewhere), at(few, 10))]
    (found,) = trends(summaries)
    assert found.host == few.host
    assert {tuple(point.run for point in trend.points) for trend in found.trends} == {(at(few, 8).id, at(few, 10).id)}
    assert all(trend.overall.mean == pytest.approx(1) for trend in found.trends)


def test_a_case_whose_source_changed_begins_anew(few: Run) -> None:
    first = few.cases[0]
    changed = (first.model_copy(update={"source_sha256": "1" * 64}), *few.cases[1:])
    (found,) = trends([summarise(at(few, 8)), summarise(at(few, 9, cases=changed))])
    assert first.id not in {trend.case for trend in found.trends}
    assert len(found.trends) > 5


def test_a_line_stays_within_its_picture_and_the_dearest_is_on_top(few: Run) -> None:
    (found,) = trends([summarise(at(few, hour)) for hour in (8, 9, 10)])
    for trend in found.trends:
        assert len(trend.places) == 3
        for x, y, high, low in trend.places:
            assert EDGE <= x <= WIDTH - EDGE
            assert EDGE <= high <= y <= low <= HEIGHT - EDGE
