"""One string against streams, by size: who is in the picture, what its sentences say, and what isn't known."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bench.analysis.run.summary import summarise
from bench.model.load import EndpointSample, LoadSample
from bench.model.run import MemorySample, Run
from bench.model.workload import Case
from bench.report.figures.palette import case_classes
from bench.report.figures.streaming import CANARY, Streaming, streaming
from tests.factories import synthetic_run
from tests.opened import DESKTOP, LOOKS, Look, opening
from tests.pages import run_page

MB = (5, 50, 500)
# way: (MB at the peak for each MB of the body, or in all, the same in ms until the first byte, its stall in ms)
WAYS = {"export_string": (5.0, 30.0, 6.0), "export_cursor": (2.0, 0.8, 4.0), "export_rows": (0.1, 0.7, 0.2)}


def case(way: str, mb: int) -> Case:
    over = None if way == "export_string" else "export_string"
    return Case(
        target=way,
        request=f"export{mb}",
        over=over,
        parent_id=f"{over}:export{mb}" if over else None,
        adds=way.partition("_")[2],
        description=way,
        source_sha256="0" * 64,
    )


def memory(way: str, mb: int, launch: int, looked: bool) -> MemorySample:
    peak, wait, stall = (value * (mb if way == "export_string" else 1) for value in WAYS[way])
    noise = 1 + launch / 1000
    return MemorySample(
        case=f"{way}:export{mb}",
        launch=launch,
        before_mb=50.0,
        peak_mb=peak * noise,
        body_bytes=mb * 1_000_000,
        first_byte_ms=wait * noise,
        elapsed_ms=31.0 * mb * noise,
        cpu_ms=29.0 * mb * noise if looked else None,
        stall_ms=stall * noise if looked else None,
    )


def canaried(way: str, loaded: LoadSample, slower: int) -> LoadSample:
    """The same load as two endpoints, the export and the canary."""
    half = loaded.latency
    return loaded.model_copy(
        update={
            "case": f"{way}:export5",
            "scenario": "export",
            "endpoints": tuple(
                EndpointSample(name=name, requests=half.count, errors={}, latency=half, verified=1)
                for name in ("export", CANARY)
            ),
            "server_requests": loaded.client_requests,
            "requests": half.count * slower,
        }
    )


def a_run(sizes: tuple[int, ...] = MB, ways: tuple[str, ...] = tuple(WAYS), looked: bool = True) -> Run:
    base = synthetic_run()
    loaded = next(one for one in base.samples if isinstance(one, LoadSample))
    cases = tuple(case(way, mb) for way in ways for mb in sizes)
    samples = [memory(way, mb, launch, looked) for way in ways for mb in sizes for launch in range(3)]
    waits = [canaried(way, loaded, 1) for way in ways[:2]] if 5 in sizes else []
    return base.model_copy(update={"cases": cases, "samples": (*samples, *waits), "absences": ()})


def picture(run: Run) -> Streaming:
    found = streaming(summarise(run), case_classes(run.cases))
    assert found is not None
    return found


def test_every_way_has_a_line_in_every_panel_and_every_size_a_tick() -> None:
    found = picture(a_run())
    assert [panel.name for panel in found.panels] == [
        "Peak memory",
        "First byte",
        "Last byte",
        "CPU",
        "Longest event loop stall",
    ]
    for panel in found.panels:
        assert panel.svg.count('aria-roledescription="point"') == len(WAYS) * len(MB)
        assert all(f">{mb}.0 MB<" in panel.svg for mb in MB)
        assert len(set(re.findall(r'stroke="var\(--([\w-]+)\)" stroke-width="2"', panel.svg))) == len(WAYS)


def test_the_sentences_say_what_the_lines_show() -> None:
    largest, growth, stall, wait = picture(a_run()).sentences
    assert largest.startswith("As one string, 500.0 MB add 2,50")
    assert "the first byte comes after 15,0" in largest
    assert "at most 2.00 ± 0.00 MB (`export_cursor`), and at most 0.80 ± 0.00 ms (`export_cursor`)" in largest
    assert growth.startswith("A body 100.0 times as large needs 100.0 times the memory as one string")
    assert growth.endswith("1.0 times when streamed.")
    assert re.match(r"The string blocks the event loop for up to 3,00\d ± \d+ ms", stall)
    assert "`/health` are answered within" in wait
    assert "during `export_string:export5`" in wait
    assert "during `export_cursor:export5`" in wait


def test_growth_counts_from_the_smallest_peak_that_can_be_told() -> None:
    run = a_run()
    tiny = {"case": "export_string:export0", "body_bytes": 9, "peak_mb": 0.1}
    small = tuple(memory("export_string", 5, launch, True).model_copy(update=tiny) for launch in range(3))
    more = run.model_copy(update={"cases": (*run.cases, case("export_string", 0)), "samples": (*run.samples, *small)})
    assert picture(more).sentences == picture(run).sentences


def test_what_is_below_resolution_is_a_hollow_point_that_says_so() -> None:
    peaks, *_ = picture(a_run()).panels
    assert "export_rows, 50.0 MB: &lt; 0.5 MB" in peaks.svg
    marks = re.findall(r'<path aria-label="([^,"]+), [^>]*>', peaks.svg)
    hollow = re.findall(r'<path aria-label="([^,"]+), [^>]* stroke="var[^>]*>', peaks.svg)
    assert len(marks) == len(WAYS) * len(MB)
    assert hollow == ["export_rows"] * len(MB)


def test_a_run_that_did_not_look_at_cpu_has_no_panel_of_it_and_says_so() -> None:
    run = a_run(looked=False)
    assert [panel.name for panel in picture(run).panels] == ["Peak memory", "First byte", "Last byte"]
    assert "did not measure the CPU" in run_page(run, {})
    assert "did not measure the CPU" not in run_page(a_run(), {})


@pytest.mark.parametrize(
    "run", [a_run(sizes=(5,)), a_run(ways=("export_string",)), a_run(ways=("export_cursor", "export_rows"))]
)
def test_one_size_or_nothing_to_compare_makes_no_picture(run: Run) -> None:
    assert streaming(summarise(run), case_classes(run.cases)) is None
    assert 'id="streaming"' not in run_page(run, {})


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look[0][0]}px-{look[1]}")
def test_the_panels_fit_and_their_table_holds_every_point(browser: Browser, tmp_path: Path, look: Look) -> None:
    file = tmp_path / "report.html"
    file.write_text(run_page(a_run(), {}), "utf-8")
    with opening(browser, file, look) as opened:
        part = opened.page.locator("#streaming")
        assert opened.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        lefts = part.locator(".panels .chart").evaluate_all("panels => panels.map(one => one.offsetLeft)")
        assert len(set(lefts)) == (3 if look[0] == DESKTOP else 1)
        points = part.locator(".chart:visible [aria-roledescription=point]").count()
        assert opened.page.locator("#memory table td[data-value]").count() == points + 2 * len(WAYS) * len(MB)
        assert part.locator(".cake .seg").count() == 2
        assert opened.complaints == []
