"""The page of an audit in a real browser: filter, folds, phone and dark mode."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from bench.report.documents.audit import document
from bench.report.figures.route_bars import route_address
from bench.report.renderers.html import page as html_page
from tests.audits import sample_audit, sample_figures, wide_figures
from tests.opened import DESKTOP, LOOKS, PHONE, Opened, opening


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("audit")
    made = {"small": sample_figures(), "wide": wide_figures(99)}
    for name, figures in made.items():
        (folder / f"{name}.html").write_text(html_page(document(sample_audit(), figures)), "utf-8")
    return {name: folder / f"{name}.html" for name in made}


@pytest.fixture
def opened(browser: Browser, files: dict[str, Path], request: pytest.FixtureRequest) -> Iterator[Opened]:
    with opening(browser, files["small"], getattr(request, "param", (DESKTOP, "light"))) as found:
        yield found


@pytest.fixture
def page(opened: Opened) -> Page:
    return opened.page


def shown(page: Page, what: str) -> list[str]:
    return page.locator(f"{what}:visible").all_inner_texts()


@pytest.mark.parametrize("opened", LOOKS, indirect=True, ids=lambda look: f"{look[0][0]}px-{look[1]}")
def test_it_asks_for_nothing_complains_of_nothing_and_needs_no_sideways_scroll(opened: Opened) -> None:
    page = opened.page
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("[...document.querySelectorAll('.bar .track')].every(bar => bar.getBBox().width > 100)")
    assert len(opened.requests) == 1
    assert opened.complaints == []


def test_routes_are_filtered_by_a_part_of_their_name(page: Page) -> None:
    page.fill(".filter input", "HISTORY")
    assert shown(page, ".routes .name a") == ["GET /v1/history"]
    assert shown(page, ".entry h4") == ["GET /v1/history"]
    assert page.locator(".filter [role=status]").inner_text() == "1 of 8"
    page.fill(".filter input", "")
    assert len(shown(page, ".entry")) == 8
    assert page.locator(".filter [role=status]").inner_text() == ""


def test_routes_are_filtered_by_a_part_and_it_stands_out_in_their_bars(page: Page) -> None:
    page.select_option(".filter select", "dependency app.auth:current_user")
    assert len(shown(page, ".entry")) == 2
    bar = page.locator(".routes li:visible svg").first
    assert bar.locator("g:not(.other)").count() == 1
    page.locator("summary", has_text="All figures of all routes").click()
    assert len(shown(page, "#routes > details tbody tr")) == 2


def test_a_link_to_a_hidden_route_shows_and_opens_it(page: Page) -> None:
    page.fill(".filter input", "history")
    finding = page.locator("#finding-1")
    finding.locator("summary").click()
    finding.get_by_role("link", name="GET /v1/info").click()
    entry = page.locator(f"#{route_address('GET /v1/info')}")
    entry.locator("table").wait_for(state="visible")
    assert entry.evaluate("one => one.open")
    assert page.input_value(".filter input") == ""


def test_a_waterfall_says_what_runs_and_what_waits(page: Page) -> None:
    entry = page.locator(f"#{route_address('GET /v1/materials')}")
    entry.locator("summary").first.click()
    waits = entry.locator(".waterfall .waits")
    assert waits.count() == 1
    assert waits.get_attribute("data-tip") == "handler list_materials: waits 2,140 µs, from 759.8 to 2,900 µs"
    labels = entry.locator(".waterfall svg[role=img]").evaluate_all("all => all.map(one => one.ariaLabel)")
    assert "handler list_materials: 240.0 µs of CPU, waits 2,140 µs" in labels


def test_every_link_leads_somewhere_and_no_id_is_used_twice(page: Page) -> None:
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(element => element.id)")
    links = page.evaluate("[...document.querySelectorAll('a')].map(link => link.getAttribute('href'))")
    assert len(set(ids)) == len(ids)
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)


@pytest.mark.parametrize("look", [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"])
def test_ninety_nine_routes_fold_and_are_found(browser: Browser, files: dict[str, Path], look: Opened) -> None:
    with opening(browser, files["wide"], look) as found:
        page = found.page
        assert page.locator(".entry").count() == 99
        assert page.locator(".entry table:visible").count() == 0
        page.fill(".filter input", "things/42/")
        assert shown(page, ".entry h4") == ["GET /v1/things/42/{thing_id}"]
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert found.complaints == []
