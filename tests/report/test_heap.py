"""Memory by line in words, and as a page in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bench.model.heap import Heaps, HeapSample, ServedGrowth
from bench.model.run import MissingSample
from bench.report.documents.heap import document
from bench.report.publish import publish_heaps
from bench.report.words.heap import of
from tests.factories import synthetic_run
from tests.widths import assert_whole, printed

NASTY = "targets.nasty:</script><b>get</b>"
FOLDED = f"run:a;{NASTY};{NASTY}:42 900000\nrun:a;json.encoder:encode;json.encoder:encode:7 100000\n"
SAMPLE = HeapSample(
    case="nasty:one",
    hash_seed=3,
    body_bytes=10,
    peak_bytes=1_000_000,
    peak_file="heap/peak.folded",
    allocs={"handler": 12.0, "json": 3.5},
    alloc_bytes={"handler": 900_000.0, "json": 100_000.0},
    block_requests=10,
    live_bytes=((1000, 11_100, 21_200, 31_300),) * 3,
    kept_file="heap/kept.folded",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "heap").mkdir()
    (tmp_path / "heap" / "peak.folded").write_text(FOLDED)
    (tmp_path / "heap" / "kept.folded").write_text(f"run:a;{NASTY};{NASTY}:43 30300\n")
    return tmp_path


def test_the_sentences_name_the_lines(folder: Path) -> None:
    peak, growth = of(SAMPLE, folder).sentences
    assert peak == (
        f"One request of `nasty:one` holds 1.0 MB at its peak; 90.0% of it was allocated at `{NASTY}:42` (handler)."
    )
    assert growth.startswith(
        "Memory grows: in process, 1,010 B remain after each request (95% interval 1,010 to 1,010 B per"
    )
    assert "3 launches of 6 blocks of 10 requests" in growth
    assert growth.endswith(f"mostly allocated at `{NASTY}:43` (handler).")


def test_no_growth_is_said_with_its_interval(folder: Path) -> None:
    still = SAMPLE.model_copy(update={"live_bytes": ((1000, 1010, 1000, 1010), (0, 5, 3, 1))})
    _, growth = of(still, folder).sentences
    assert growth.startswith("In process, live memory does not grow with the number of requests (95% interval ")
    unknown = SAMPLE.model_copy(update={"block_requests": None, "live_bytes": ()})
    assert of(unknown, folder).sentences[1].startswith("Memory growth was not measured")


def test_growth_under_load_is_told_apart_from_growth_in_process(folder: Path) -> None:
    def served(each: int, last: int = 3000) -> str:
        growth = ServedGrowth(launch=0, requests=(0, 1500, last), rss_bytes=(0, 1500 * each, last * each))
        return of(SAMPLE.model_copy(update={"served": (growth,) * 3}), folder).sentences[2]

    assert served(1000) == (
        "Memory grows: served under load, the process keeps 1,000 B per request (95% interval 1,000 to 1,000 B per "
        "request, 3 launches of 6 blocks, 3,000 requests or more)."
    )
    assert served(10).startswith("Served under load, resident memory does not grow with the number of requests (")
    assert served(10_000, last=1501).startswith("Memory grows")
    assert len(of(SAMPLE, folder).sentences) == 2


def test_a_terminal_shows_every_word_at_any_width(folder: Path) -> None:
    run = synthetic_run()
    absent = MissingSample(case="other:one", during="memory", kind="invalid", reason=f"it fell over in {NASTY}")
    heaps = Heaps(
        id=run.id, harness_version="0.1.0", stack=run.stack, host=run.host, samples=(SAMPLE,), absences=(absent,)
    )
    said = document(heaps, [of(SAMPLE, folder)])
    assert_whole(said)
    out = printed(said, 200)
    assert "One request of nasty:one holds 1.0 MB at its peak" in out
    assert f"other:one is INVALID: it fell over in {NASTY}" in out


def test_the_page_draws_bytes_and_names_lines_as_text(browser: Browser, folder: Path) -> None:
    run = synthetic_run()
    heaps = Heaps(id=run.id, harness_version="0.1.0", stack=run.stack, host=run.host, samples=(SAMPLE,))
    _, file = publish_heaps(heaps, folder)
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(file.as_uri())
    page.locator("svg.flame g.layer-handler").last.hover()
    detail = page.locator(".flame-detail").inner_text()
    assert detail.startswith(f"{NASTY}:42 (handler): 900 kB held at the peak, 90.0% of the peak")
    assert f"{NASTY}:43" in page.locator("table").nth(1).inner_text()
    assert "12" in page.locator("table").nth(2).inner_text()
    assert page.locator("b").count() == 0
    assert complaints == []
    page.close()
