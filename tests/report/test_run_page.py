"""The page in a real browser: it draws, it answers, it fetches nothing, and data stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page

from bench.model.run import Run
from tests.factories import NASTY_DESCRIPTION
from tests.folded import NASTY_FRAME, synthetic_profiles
from tests.opened import DESKTOP, LOOKS, PHONE, Opened, opening
from tests.pages import run_page


@pytest.fixture
def opened(browser: Browser, page_file: Path, request: pytest.FixtureRequest) -> Iterator[Opened]:
    with opening(browser, page_file, getattr(request, "param", (DESKTOP, "light"))) as found:
        found.page.wait_for_selector("svg.flame")
        yield found


@pytest.fixture
def page(opened: Opened) -> Page:
    return opened.page


def choose_flame(page: Page, case: str) -> None:
    page.select_option("#flame-choice", label=f"{case}, in process")


def point_at(mark: Locator) -> None:
    """Scrolling hides the tooltip, so it must have ended before the pointer comes."""
    mark.scroll_into_view_if_needed()
    mark.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    mark.hover()


@pytest.mark.parametrize("opened", LOOKS, indirect=True, ids=lambda look: f"{look[0][0]}px-{look[1]}")
def test_it_asks_for_nothing_and_complains_of_nothing(opened: Opened, page_file: Path) -> None:
    opened.page.mouse.wheel(0, 20_000)
    choose_flame(opened.page, "csv_stream:csv1000")
    assert opened.requests == [page_file.as_uri()]
    assert opened.complaints == []


@pytest.mark.parametrize("opened", LOOKS, indirect=True, ids=lambda look: f"{look[0][0]}px-{look[1]}")
def test_every_picture_is_drawn(page: Page) -> None:
    bars = page.locator("svg.bar:has(.seg)")
    assert bars.count() > 30
    assert page.evaluate("[...document.querySelectorAll('.bar .track')].every(bar => bar.getBBox().width > 100)")
    charts = page.locator(".chart svg:visible")
    assert charts.count() == 5
    strokes = "[...document.querySelectorAll('.chart .mark-line path')].map(line => getComputedStyle(line).stroke)"
    assert all(stroke.startswith("rgb") for stroke in page.evaluate(strokes))
    assert page.locator("svg.flame:visible g").count() > 10


@pytest.mark.parametrize("opened", [(PHONE, "light"), ((360, 640), "dark")], indirect=True)
def test_a_phone_needs_no_sideways_scroll(page: Page) -> None:
    for case in ("raw_asgi:rows100", "csv_stream:csv1000"):
        choose_flame(page, case)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_dark_mode_is_dark_and_light_mode_light(browser: Browser, page_file: Path) -> None:
    brightness = []
    schemes: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
    for scheme in schemes:
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.goto(page_file.as_uri())
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        brightness.append(sum(int(part) for part in re.findall(r"\d+", colour)[:3]))
        context.close()
    assert brightness[0] > 3 * 230
    assert brightness[1] < 3 * 40


def test_a_click_zooms_into_a_frame_and_escape_resets(page: Page) -> None:
    choose_flame(page, "fastapi_dict:rows100")
    frame = page.locator("svg.flame:visible g", has_text="solve_dependencies").first
    whole = page.locator("svg.flame:visible").bounding_box()
    assert whole is not None
    before = page.locator("svg.flame:visible g").count()
    frame.click()
    zoomed = page.locator("svg.flame:visible g:not(.above) rect").first
    assert float(zoomed.get_attribute("width") or 0) == pytest.approx(whole["width"], abs=1)
    detail = page.locator(".profile:visible .flame-detail")
    assert re.search(r"solve_dependencies \(fastapi\): [\d.,]+ µs per request", detail.inner_text())
    page.locator("#flame-search").press("Escape")
    assert page.locator("svg.flame:visible g").count() == before
    assert page.locator("svg.flame:visible g.above").count() == 0


def test_searching_lights_the_frames_up_and_says_their_share(page: Page) -> None:
    choose_flame(page, "fastapi_dict:rows100")
    page.fill("#flame-search", "PYDANTIC")
    hits = page.locator("svg.flame:visible g.hit")
    assert hits.count() >= 1
    assert all("pydantic" in name for name in hits.evaluate_all("groups => groups.map(group => group.node.name)"))
    assert re.search(r"is in \d+\.\d% of the profile", page.locator(".profile:visible .flame-detail").inner_text())
    page.fill("#flame-search", "")
    assert page.locator("svg.flame.searching").count() == 0


def test_every_profile_prints_its_tax_and_its_layers_shares(page: Page) -> None:
    for option in page.locator("#flame-choice option").all_inner_texts():
        page.select_option("#flame-choice", label=option)
        assert "2.1× slower" in page.locator(".profile:visible").inner_text()  # noqa: RUF001
        shares = page.locator(".profile:visible .legend").inner_text()
        assert sum(float(share) for share in re.findall(r"([\d.]+)%", shares)) == pytest.approx(100, abs=0.5)


def test_a_served_profile_stands_beside_the_one_in_process_and_says_what_served(page: Page) -> None:
    options = page.locator("#flame-choice option").all_inner_texts()
    served = "fastapi_response_model:rows100, served by uvicorn, 16 users"
    assert options[options.index("fastapi_response_model:rows100, in process") + 1] == served
    page.select_option("#flame-choice", label=served)
    shown = page.locator(".profile:visible")
    assert shown.locator("h3").inner_text() == served
    assert "Served by uvicorn 0.54.0, uvloop, httptools" in shown.inner_text()
    assert "the kernel used about 23% of its CPU" in shown.inner_text()
    assert re.search(r"server [\d.]+%", shown.locator(".legend").inner_text())
    shown.locator("svg.flame g", has_text="[idle]").hover()
    assert re.match(r"\[idle\] \(kernel\): [\d.,]+ µs per request", shown.locator(".flame-detail").inner_text())


def test_markup_in_a_frame_is_shown_as_text(opened: Opened) -> None:
    page = opened.page
    choose_flame(page, "csv_stream:csv1000")
    page.locator("svg.flame:visible g", has_text="</script>").first.hover()
    assert NASTY_FRAME in page.locator(".profile:visible .flame-detail").inner_text()
    page.locator(".profile:visible summary").click()
    assert NASTY_FRAME in page.locator(".profile:visible table").inner_text()
    assert page.locator("b").count() == 0


def test_markup_in_a_description_is_shown_as_text(opened: Opened) -> None:
    page = opened.page
    page.get_by_text("What the targets are").click()
    assert NASTY_DESCRIPTION in page.locator("#cases dl").inner_text()
    assert page.locator("b").count() == 0
    assert opened.complaints == []


def test_a_script_that_slipped_through_would_not_run(page: Page) -> None:
    page.evaluate(
        "() => { const script = document.createElement('script'); script.textContent = 'window.ran = true';"
        "document.body.append(script); }"
    )
    assert page.evaluate("window.ran") is None


def test_a_table_sorts_by_the_column_that_is_asked_for(page: Page) -> None:
    head = page.locator("#cases table").first.get_by_role("button", name="CPU µs")
    column = "rows => rows.map(row => row.cells[1].dataset.value).filter(Boolean).map(Number)"
    rows = page.locator("#cases table").first.locator("tbody tr")
    head.click()
    ascending = rows.evaluate_all(column)
    assert ascending == sorted(ascending)
    head.click()
    assert rows.evaluate_all(column) == ascending[::-1]
    assert page.locator("#cases th[aria-sort=descending]").inner_text().startswith("CPU µs")


def test_a_mark_says_what_it_is_when_pointed_at(page: Page) -> None:
    point_at(page.locator("#cake-rows100 ~ figure .seg").nth(2))
    assert re.fullmatch(r"Starlette: \+7\.\d+ ± 0\.\d+ µs", page.locator("#tip").inner_text())
    marks = page.locator("#load .chart.wide [aria-roledescription=point]")
    point_at(marks.first)
    assert re.fullmatch(r"p50 at 2,000/s: [\d.]+ ms", page.locator("#tip").inner_text())
    point_at(marks.last)
    assert re.search(r", p99[.\d]*: [\d.]+ ms$", page.locator("#tip").inner_text())


def test_the_knee_is_told_in_a_sentence_and_drawn_with_its_objective(page: Page) -> None:
    knee = page.locator(".part:has(> #knee-fastapi_plain-rows100)")
    assert "meets p99 ≤ 10.0 ms up to 8,000 requests/s, not at 8,500; the closed model" in knee.inner_text()
    rules = ("objective: 10.0 ms", "closed model: 16,920/s")
    assert [knee.locator(f'.chart.wide [aria-label="{rule}"]').count() for rule in rules] == [1, 1]
    held = knee.locator("tbody tr td:last-child").all_inner_texts()
    assert held == ["met"] * 4 + ["not met"]


def test_an_open_load_says_its_service_time_apart_and_how_its_requests_are_scheduled(page: Page) -> None:
    load = page.locator("#load")
    assert "paced: 1,000 requests per second, evenly spaced, on up to 64 connections" in load.inner_text()
    latency, service = load.locator("tr", has_text="paced").filter(has=page.locator("td")).all()[:2]
    assert "service time" in service.inner_text()
    assert latency.locator("td").nth(2).inner_text() != service.locator("td").nth(2).inner_text()


def test_every_link_leads_somewhere_and_no_id_is_used_twice(page: Page, run: Run) -> None:
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(element => element.id)")
    links = page.evaluate("[...document.querySelectorAll('a')].map(link => link.getAttribute('href'))")
    assert len(set(ids)) == len(ids)
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert {f"case-{case.target}-{case.request}" for case in run.cases} <= set(ids)


def test_an_invalid_number_is_named_with_its_reason(page: Page) -> None:
    row = page.locator("#load tr", has_text="starlette_json:rows100")
    assert "INVALID" in row.inner_text()
    assert "counted on both sides" in page.locator("#validity").inner_text()
    assert "412 requests timed out" in page.locator("#validity").inner_text()


def test_without_scripts_the_figures_are_all_there(browser: Browser, page_file: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(page_file.as_uri())
    assert page.locator("svg.bar .seg").count() > 30
    assert page.locator(".chart svg:visible").count() == 5
    assert page.locator(".profile:visible table").count() == page.locator(".profile").count()
    context.close()


def test_thirty_cases_and_a_dozen_large_profiles_stay_below_three_megabytes(run: Run) -> None:
    html = run_page(run, synthetic_profiles(run, stacks=5000))
    assert html.count('class="profile"') >= 10
    assert len(html.encode()) < 3_000_000


def test_a_run_of_nothing_still_makes_a_page(run: Run) -> None:
    html = run_page(run.model_copy(update={"samples": (), "absences": (), "noise": (), "elapsed_s": {}}), {})
    assert 'id="validity"' in html
    assert 'id="flames"' not in html
