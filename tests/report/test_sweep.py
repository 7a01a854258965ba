"""A sweep's page and its picture, and what a terminal says: what changed most first, and data stays text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Browser, Page
from sweeps import RELEASES, between, sweep, swept_all

from bench.model.series import LeftOut
from bench.report.documents.sweep import document
from bench.report.exports.sweep import json_text
from bench.report.figures.themes import THEMES
from bench.report.publish import publish_sweep
from bench.report.renderers.html import page as html_page
from bench.report.words.sweep import SweepNarrative, sentences, swept
from tests.opened import DESKTOP, LOOKS, PHONE, Opened, opening
from tests.widths import assert_whole, printed

NASTY = "<b>bold</b>"
REASON = "</script><b onclick=alert(1)>`gone`</b> {{ 7 * 7 }}"
STEPPING = (1.3, 1.3, 1.0, 1.0, 1.15, 1.15)


@pytest.fixture(scope="module")
def found() -> SweepNarrative:
    """A case with two steps, one that never changes, one that fails in a release, and a release that is left out."""
    costs = {"stepping": STEPPING, "flat": (1.0,) * 6, NASTY: (1.0, 1.0, -1.0, 1.0, 1.0, 1.0)}
    begun, compared = swept_all(costs)
    older = between(
        RELEASES[-1], "0.115.0", {name: own[0] / own[-1] for name, own in costs.items()}, starlette="0.38.6"
    )
    out = LeftOut(release="0.118.0", reason=REASON)
    del compared["0.118.0"]
    return swept(begun.model_copy(update={"left_out": (out,)}), {**compared, "0.115.0": older})


@pytest.fixture(scope="module")
def sweep_file(found: SweepNarrative, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish_sweep(found, tmp_path_factory.mktemp("sweep"))


@pytest.fixture
def opened(browser: Browser, sweep_file: Path, request: pytest.FixtureRequest) -> Iterator[Opened]:
    with opening(browser, sweep_file, getattr(request, "param", (DESKTOP, "light"))) as one:
        yield one


@pytest.fixture
def page(opened: Opened) -> Page:
    return opened.page


def test_what_changed_most_comes_first_and_then_what_qualifies_it(found: SweepNarrative) -> None:
    most, counted, certain, out = sentences(found)
    assert re.match(
        r"`stepping:one` changed most: CPU −2[23]\.\d% \(.* to .*\), allocations −23\.1% in 0\.117\.1\.",  # noqa: RUF001
        most,
    )
    assert counted.startswith("Of 11 steps (3 cases over 5 releases) by CPU time: 1 faster, 1 slower and 9 equivalent")
    assert certain == "The steps were not confirmed by new blocks of both releases."
    assert out == "Left out: 0.118.0; the reasons are below."


def test_nothing_that_changed_is_said_to_be_so() -> None:
    assert sentences(swept(*swept_all({"a": (1.0,) * 6})))[0] == ("No step between releases is 3.0% or larger.")


def test_a_sweep_in_the_middle_says_how_far_it_is() -> None:
    begun, compared = swept_all({"a": STEPPING})
    half = {release: compared[release] for release in RELEASES[:2]}
    ids = {release: one.id for release, one in half.items()}
    told = sentences(swept(begun.model_copy(update={"comparisons": ids, "complete": False}), half))
    assert "Interrupted: 2 of 5 comparisons are done. Run the same command again to continue." in told


def test_a_step_over_releases_that_were_not_measured_is_between_two() -> None:
    begun, compared = swept_all({"a": STEPPING})
    words = begun.words.model_copy(update={"every": 3})
    told = sentences(swept(begun.model_copy(update={"words": words}), compared))
    assert "between 0.116.0 and 0.117.1" in told[0]


def test_a_terminal_has_every_step_and_every_case(found: SweepNarrative) -> None:
    said = printed(document(found), 120)
    steps = [line.split("  ")[1:3] for line in said.splitlines() if re.match(r"\s+0\.1.*stepping", line)]
    assert [one for (one, _) in steps] == ["0.117.1", "0.117.1 → 0.119.0"]
    assert "0.119.0 after 0.117.1 also has starlette" not in said
    assert "0.116.0 after 0.115.0" not in said
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert f"0.118.0 every case {REASON.replace('`', '')}" in lines
    assert f"0.117.1 {NASTY}:one head: <b>it fails</b>" in lines


def test_every_width_of_a_terminal_shows_everything(found: SweepNarrative) -> None:
    assert_whole(document(found))


def test_the_export_has_every_point_with_its_interval_and_every_step(found: SweepNarrative) -> None:
    made = json.loads(json_text(found))
    assert made["said"] == sentences(found)
    (stepping, _, failing) = made["cases"]
    assert [point["release"] for point in stepping["points"]] == [one for one in RELEASES if one != "0.118.0"]
    assert all(point["ci_low"] <= point["ratio"] <= point["ci_high"] for point in stepping["points"])
    assert stepping["points"][-1]["cpu_us"] == pytest.approx(50, rel=0.05)
    assert stepping["points"][0]["cpu_us"] == pytest.approx(50 * 1.3 / 1.15, rel=0.05)
    assert failing["points"][2]["ratio"] is None
    assert failing["points"][2]["reason"] == "head: <b>it fails</b>"
    assert stepping["steps"][0]["moved"] == {"starlette": ["0.38.6", "0.52.1"]}


@pytest.mark.parametrize("opened", LOOKS, indirect=True, ids=lambda look: f"{look[0][0]}px-{look[1]}")
def test_it_asks_for_nothing_complains_of_nothing_and_needs_no_sideways_scroll(
    opened: Opened, sweep_file: Path
) -> None:
    opened.page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
    assert opened.requests == [sweep_file.as_uri()]
    assert opened.complaints == []
    assert opened.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert opened.page.locator("b").count() == 0


def test_every_case_has_a_picture_with_a_point_for_each_release(page: Page) -> None:
    figures = page.locator("#lines .part")
    assert figures.locator("h3 code").all_inner_texts() == ["stepping:one", "flat:one", f"{NASTY}:one"]
    labels = figures.first.locator(".chart [aria-label^='stepping:one, 0.1']")
    said = labels.evaluate_all("marks => marks.map(mark => mark.getAttribute('aria-label'))")
    assert len([one for one in said if "after" not in one]) == 5
    assert len([one for one in said if "after" in one]) == 2


def test_steps_are_marked_with_their_release_and_change(page: Page) -> None:
    texts = page.locator("#lines .part").first.locator(".chart text").all_text_contents()
    assert [one for one in texts if re.fullmatch(r"0\.1\S+ [+−]\d+\.\d%", one)]  # noqa: RUF001
    assert not [
        one
        for one in page.locator("#lines .part").nth(1).locator(".chart text").all_text_contents()
        if re.fullmatch(r"0\.1\S+ [+−]\d+\.\d%", one)  # noqa: RUF001
    ]


def test_labels_stay_within_the_picture(page: Page) -> None:
    within = """() => [...document.querySelectorAll('#lines .chart')].every(chart => {
        const box = chart.querySelector('svg').getBoundingClientRect();
        return [...chart.querySelectorAll('text')].every(text => {
            const own = text.getBoundingClientRect();
            return own.left >= box.left - 1 && own.right <= box.right + 1 && own.top >= box.top - 1;
        });
    })"""
    assert page.evaluate(within)


def test_pictures_fit_a_phone(browser: Browser, sweep_file: Path) -> None:
    with opening(browser, sweep_file, (PHONE, "dark")) as one:
        pictures = one.page.locator(".chart svg:visible")
        assert pictures.count() == 3
        assert all((box := pictures.nth(at).bounding_box()) and box["x"] + box["width"] <= 390 for at in range(3))


def test_the_table_behind_a_picture_has_every_release(page: Page) -> None:
    page.locator("#lines .part summary").nth(2).click()
    rows = page.locator("#lines .part").nth(2).locator("tbody tr").all_inner_texts()
    assert [row.split()[0] for row in rows] == [one for one in RELEASES if one != "0.118.0"]
    assert "INVALID" in rows[2]
    assert "reference" in rows[-1]


def test_what_is_missing_has_its_reason_as_text(page: Page) -> None:
    missing = page.locator("#missing").inner_text()
    assert REASON.replace("`", "") in missing
    assert "head: <b>it fails</b>" in missing


def test_no_id_is_used_twice_and_links_lead_somewhere(page: Page) -> None:
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(element => element.id)")
    links = page.evaluate("[...document.querySelectorAll('a')].map(link => link.getAttribute('href'))")
    assert len(set(ids)) == len(ids)
    assert {link.removeprefix("#") for link in links} <= set(ids)


def test_the_picture_that_stands_alone_brings_its_own_colours_for_light_and_dark(
    browser: Browser, sweep_file: Path
) -> None:
    file = sweep_file.parent / "sweep.svg"
    root = ET.fromstring(file.read_text("utf-8"))  # noqa: S314  our own file
    assert root.tag.endswith("svg")
    text = " ".join(root.itertext())
    assert "stepping:one" in text
    assert NASTY in text
    assert "<script" not in file.read_text("utf-8")
    variables = set(re.findall(r"var\((--[a-z-]+)\)", file.read_text("utf-8")))
    assert all(f"{name}:" in THEMES for name in variables)
    grounds = []
    for theme in ("light", "dark"):
        with opening(browser, file, (DESKTOP, theme)) as one:
            assert one.complaints == []
            grounds.append(one.page.evaluate("getComputedStyle(document.querySelector('rect')).fill"))
    assert grounds[0] != grounds[1]


def test_a_sweep_of_which_nothing_is_known_has_a_page_and_no_picture(tmp_path: Path) -> None:
    nothing = swept(sweep("a"), {})
    text = html_page(document(nothing))
    assert "Interrupted: 0 of 5 comparisons are done" in text
    assert 'id="lines"' not in text
    publish_sweep(nothing, tmp_path)
    assert not (tmp_path / "sweep.svg").exists()
    assert "Nothing could be compared." in printed(document(nothing), 100)
