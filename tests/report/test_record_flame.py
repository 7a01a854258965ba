"""The flame graph of a step: both releases in one picture, every frame in its colours, and nothing that runs."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bench.analysis.series.record_profiles import recorded_profile, recorded_stacks
from bench.model.record import RecordedProfile
from bench.profiles.diff import difference
from bench.report.document import Document, Figure, Section
from bench.report.figures.record_flame import drawn, picture
from bench.report.renderers.html import page
from bench.store import record_stacks
from bench.store.files import StoreError
from tests.opened import PHONE, opening
from tests.profile_runs import APP, BASE, FRESH, GONE, HEAD, NASTY, SOLVE, launches

FOUND = difference("a:b", launches(BASE), launches(HEAD))
STACKS = recorded_stacks(FOUND, "fastapi", "0.115.0", "0.116.0")


@pytest.fixture
def profile(tmp_path: Path) -> RecordedProfile:
    return recorded_profile(FOUND, record_stacks.save(tmp_path, STACKS))


def boxes(markup: str) -> dict[str, ET.Element]:
    """The box of each frame, by the first word of what it says."""
    svg = ET.fromstring(markup[markup.index("<svg") :])  # noqa: S314 - our own
    return {box.attrib["data-tip"].partition(" (")[0]: box for box in svg}


def test_a_frame_has_the_colours_of_its_change_and_of_its_layer_and_says_both(
    profile: RecordedProfile, tmp_path: Path
) -> None:
    found = boxes(picture("fastapi", profile, tmp_path) or "")
    colours = {name: (box.attrib["class"], box[1].attrib["class"]) for name, box in found.items()}
    assert colours[SOLVE] == ("more-3", "layer-fastapi")
    assert colours[FRESH] == ("new", "layer-fastapi")
    assert colours[GONE] == ("removed", "layer-starlette")
    assert colours[NASTY] == ("same", "layer-handler")
    assert found[SOLVE].attrib["data-tip"] == (
        f"{SOLVE} (fastapi): 2,424 µs before, 4,050 after, +1,626; +1,616 of it own"
    )
    assert found[FRESH].attrib["data-tip"] == f"{FRESH} (fastapi): 1,515 µs, [new]"
    assert found[SOLVE].findtext("text") == "+1,616 solve_dependencies"


def test_what_is_below_a_frame_lies_below_it_and_what_is_new_and_removed_are_both_drawn(
    profile: RecordedProfile, tmp_path: Path
) -> None:
    found = boxes(picture("fastapi", profile, tmp_path) or "")
    places = {
        name: (float(box.attrib["x"][:-1]), float(box.attrib["width"][:-1]), int(box.attrib["y"]))
        for name, box in found.items()
    }
    assert places["all"] == (0.0, 100.0, 0)
    left, width, top = places[APP]
    for name in (SOLVE, NASTY):
        at, wide, y = places[name]
        assert left - 0.02 <= at <= at + wide <= left + width + 0.02
        assert y == top + places["all"][2] + 19
    assert min(places[FRESH][1], places[GONE][1]) > 0.5
    assert sum(wide for _, wide, y in places.values() if y == top) == pytest.approx(100, abs=10)


def test_a_profile_without_stacks_has_no_picture_and_one_of_something_else_is_refused(
    profile: RecordedProfile, tmp_path: Path
) -> None:
    assert picture("fastapi", profile.model_copy(update={"stacks": None}), tmp_path) is None
    with pytest.raises(StoreError, match="is of fastapi and a:b, not of starlette and a:b"):
        picture("starlette", profile, tmp_path)
    with pytest.raises(StoreError, match="is of fastapi and a:b, not of fastapi and c:d"):
        picture("fastapi", profile.model_copy(update={"case": "c:d"}), tmp_path)


def test_markup_in_names_is_shown_as_text(browser: Browser, tmp_path: Path) -> None:
    stacks = STACKS.model_copy(update={"package": '"><b>p</b>', "case": "<script>bad()</script>"})
    figure = Section("Flame graph", (Figure(html=drawn(stacks)),))
    file = tmp_path / "page.html"
    file.write_text(page(Document(title="A record", headline=(), sections=(figure,))), "utf-8")
    with opening(browser, file, (PHONE, "light")) as there:
        there.page.locator(".two-sides .same rect").last.hover()
        assert NASTY in there.page.locator("#tip").inner_text()
        assert there.page.locator("figure b, figure script").count() == 0
        assert "<script>bad()" in (there.page.locator(".two-sides").get_attribute("aria-label") or "")
        assert there.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert there.complaints == []
