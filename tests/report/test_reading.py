"""The page of the real sample by other means than scrolling: by address, from the keyboard, on paper."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from bench.model.run import Run
from bench.store import documents
from bench.store.stacks import load_profiles
from tests.opened import DESKTOP, LOOKS, PHONE, Opened, opening
from tests.pages import run_page

SAMPLE = Path(__file__).parents[2] / "results" / "sample"
BY_LOOK = {"argnames": "opened", "argvalues": LOOKS, "indirect": True, "ids": lambda look: f"{look[0][0]}px-{look[1]}"}


@pytest.fixture(scope="module")
def sample() -> Run:
    return documents.RUN.load(SAMPLE)


@pytest.fixture(scope="module")
def file(sample: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "report.html"
    start_s = time.perf_counter()
    path.write_text(run_page(sample, load_profiles(sample, SAMPLE)), "utf-8")
    print(f"The sample's page: {path.stat().st_size / 1e6:.2f} MB in {time.perf_counter() - start_s:.1f} s.")
    return path


@pytest.fixture
def opened(browser: Browser, file: Path, request: pytest.FixtureRequest) -> Iterator[Opened]:
    with opening(browser, file, getattr(request, "param", (DESKTOP, "light"))) as found:
        found.page.wait_for_selector("svg.flame")
        yield found


@pytest.fixture
def page(opened: Opened) -> Page:
    return opened.page


def in_view(page: Page, selector: str) -> bool:
    middle = "element => { const box = element.getBoundingClientRect(); return (box.top + box.bottom) / 2; }"
    return 0 < float(page.locator(selector).evaluate(middle)) < page.evaluate("window.innerHeight")


@pytest.mark.parametrize(**BY_LOOK)
def test_the_sample_asks_for_nothing_complains_of_nothing_and_fits(opened: Opened, file: Path) -> None:
    page = opened.page
    page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
    page.mouse.wheel(0, 40_000)
    assert opened.requests == [file.as_uri()]
    assert opened.complaints == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_every_figure_of_the_sample_is_drawn(page: Page) -> None:
    empty = page.evaluate("""() => [...document.querySelectorAll("main figure")]
      .filter(figure => !figure.closest("[hidden]") && !figure.querySelector("svg :is(path, rect.seg, g rect)"))
      .map(figure => figure.textContent.slice(0, 80))""")
    assert page.locator("main figure:visible").count() > 10
    assert empty == []
    flat = page.evaluate("""() => [...document.querySelectorAll(".chart svg, svg.bar, svg.flame")]
      .filter(one => one.checkVisibility() && one.getBoundingClientRect().width < 100).length""")
    assert flat == 0


def test_the_sample_stays_below_three_megabytes(file: Path) -> None:
    assert file.stat().st_size < 3_000_000


def test_every_link_of_the_sample_leads_somewhere_and_every_part_has_an_address(page: Page) -> None:
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(element => element.id)")
    links = page.evaluate("[...document.querySelectorAll('a')].map(link => link.getAttribute('href'))")
    assert len(set(ids)) == len(ids)
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert (
        page.locator("main :is(section > h2, h3[id]) > a.anchor").count()
        == page.locator("main :is(section > h2, h3[id])").count()
    )


def test_an_address_leads_to_its_case_and_to_its_flame_graph(browser: Browser, file: Path, sample: Run) -> None:
    case = sample.cases[-1]
    with opening(browser, file, (DESKTOP, "light")) as opened:
        opened.page.goto(f"{file.as_uri()}#case-{case.target}-{case.request}")
        assert in_view(opened.page, f"#case-{case.target}-{case.request}")
        profile = opened.page.locator(".profile").last.get_attribute("id")
        opened.page.goto(f"{file.as_uri()}#{profile}")
        opened.page.locator(f"#{profile} svg.flame").wait_for()


@pytest.mark.parametrize("fresh", [True, False])
def test_an_address_opens_what_is_folded(browser: Browser, page_file: Path, fresh: bool) -> None:
    with opening(browser, page_file, (PHONE, "light")) as opened:
        folded = opened.page.locator("main details:not([open]) li[id]").last
        assert not folded.is_visible()
        anchor = folded.get_attribute("id")
        if fresh:
            opened.page.goto("about:blank")
        opened.page.goto(f"{page_file.as_uri()}#{anchor}")
        opened.page.wait_for_function("id => document.getElementById(id).checkVisibility()", arg=anchor)
        assert in_view(opened.page, f"#{anchor}")


def test_the_keyboard_reaches_everything_and_what_has_the_focus_shows_it(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.evaluate("""() => {
      window.focused = [];
      addEventListener("focusin", ({target: at}) => focused.push(
        [at.matches("thead button") ? "head" : at.className?.baseVal ?? (at.className || at.tagName),
          getComputedStyle(at).outlineStyle]));
    }""")
    for _ in range(400):
        page.keyboard.press("Tab")
    focused = page.evaluate("window.focused")
    assert len(focused) == 400
    assert {"copy", "anchor", "head"} <= {name for name, _ in focused}
    assert [name for name, outline in focused if outline == "none"] == []


@pytest.mark.parametrize("opened", [(DESKTOP, "dark"), (PHONE, "dark")], indirect=True)
def test_paper_is_white_and_has_what_was_folded_and_no_tools(page: Page) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": 700, "height": 1000})
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert page.locator("main details:not([open])").count() == 0
    assert page.locator(":is(nav, .flame-tools, .copy, .anchor):visible").count() == 0
    assert page.locator(".profile:visible").count() == page.locator(".profile").count()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("main details[open]").count() == 0
