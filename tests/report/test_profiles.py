"""Profiles of a run: what a terminal says of them, and their section of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from bench.analysis.run.summary import summarise
from bench.model.run import Run
from bench.report.document import Document
from bench.report.documents.profiles import document
from bench.report.renderers.html import page as html_page
from bench.report.sections.run.profiles import section
from tests.opened import DESKTOP, opening
from tests.widths import assert_whole, printed


@pytest.fixture
def said(run: Run, profiles: dict[str, str]) -> Document:
    found = document(summarise(run), profiles)
    assert found is not None
    return found


def test_each_profile_is_told_by_layer_with_its_hottest_frame_and_its_slowdown(
    said: Document, profiles: dict[str, str]
) -> None:
    first, *told = said.headline
    assert first == f"Where the time of a request goes, by layer, in {len(profiles)} profiles:"
    assert len(told) == len(profiles)
    (served,) = [one for one in told if "served by uvicorn" in one]
    assert served.startswith("`fastapi_response_model:rows100, served by uvicorn, 16 users`: ")
    assert "server " in served
    assert "idle " in served
    assert "a request took 2.1 times as much CPU; without it, the kernel used about 23% of the process's CPU." in served
    assert sum("in process" in one for one in told) == len(told) - 1
    assert all("Hottest frame: " in one for one in told)


def test_a_terminal_shows_every_word_at_any_width(said: Document) -> None:
    assert_whole(said)
    assert "Hottest frame: " in " ".join(printed(said, 40).split())


def test_a_run_without_profiles_has_neither(run: Run) -> None:
    assert document(summarise(run), {}) is None
    assert section(summarise(run), {}) is None


@pytest.fixture
def page(browser: Browser, run: Run, profiles: dict[str, str], tmp_path: Path) -> Iterator[Page]:
    found = section(summarise(run), profiles)
    assert found is not None
    file = tmp_path / "report.html"
    file.write_text(html_page(Document("Profiles", (), sections=(found,))), "utf-8")
    with opening(browser, file, (DESKTOP, "light")) as there:
        there.page.wait_for_selector("svg.flame:visible")
        yield there.page
        assert there.complaints == []


def test_the_section_draws_the_headline_first_and_each_profile_with_its_shares(page: Page) -> None:
    assert page.locator("#flame-choice option:checked").inner_text() == page.locator(".profile:visible h3").inner_text()
    for option in page.locator("#flame-choice option").all_inner_texts():
        page.select_option("#flame-choice", label=option)
        shown = page.locator(".profile:visible")
        assert "2.1× slower" in shown.inner_text()  # noqa: RUF001
        shares = [float(part) for part in re.findall(r"([\d.]+)%", shown.locator(".legend").inner_text())]
        assert sum(shares) == pytest.approx(100, abs=0.5)
        assert shown.locator("svg.flame g").count() > 1
    page.locator("svg.flame:visible g").last.hover()
    assert "µs per request while profiled" in page.locator(".profile:visible .flame-detail").inner_text()
