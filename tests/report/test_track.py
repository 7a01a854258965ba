"""A track as a page, on a terminal, in Markdown and as data: what the newest commit changed first, and data stays
text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tracks import HERE, OTHER, commit, exactly, fresh, machine, point

from bench.analysis.series.track_points import joined
from bench.model.track import TrackPoint
from bench.report.documents import track as documents_track
from bench.report.documents.track import document
from bench.report.exports.track import json_text
from bench.report.publish import publish_track
from bench.report.renderers.markdown import markdown
from bench.report.words.track import TrackNarrative, narrative, sentences
from tests.opened import DESKTOP, LOOKS, PHONE, Opened, opening
from tests.widths import assert_whole, printed

NASTY = "GET /<b>bold</b>"
SUBJECT = "</script><b onclick=alert(1)>`gone`</b> @everybody {{ 7 * 7 }}"
SHORT = {number: commit(number)[:8] for number in range(10)}


def history() -> list[TrackPoint]:
    """A step at the third of six commits, one that looks like it in the sixth, another that creeps, and a machine that
    is another one in between."""
    logs = {"GET /step": (0, 0, 0.1, 0.1, 0.1, 0.1), "GET /slows": (0, 0.01, 0.02, 0.03, 0.04, 0.05)}
    logs |= {NASTY: (0, 0, 0, 0, 0, 0.08)}
    points = [
        point(
            number,
            {route: exactly(own[number - 1]) for route, own in logs.items()},
            machine=machine(OTHER if number == 4 else HERE),
        )
        for number in range(1, 7)
    ]
    third, last = fresh(3, 2, {"GET /step": exactly(0.099)}), fresh(6, 5, {NASTY: exactly(0.01)})
    points[2] = points[2].model_copy(update={"fresh": (third,), "subject": SUBJECT})
    gone = {"GET /gone": "head: <b>it fails</b>"}
    points[5] = points[5].model_copy(update={"fresh": (last,), "invalid": gone, "subject": SUBJECT})
    return points


@pytest.fixture(scope="module")
def found() -> TrackNarrative:
    return narrative(joined(history(), ()), notes=("Uncommitted changes are not measured.",))


@pytest.fixture(scope="module")
def file(found: TrackNarrative, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish_track(found, tmp_path_factory.mktemp("track"))


@pytest.fixture
def opened(browser: Browser, file: Path, request: pytest.FixtureRequest) -> Iterator[Opened]:
    with opening(browser, file, getattr(request, "param", (DESKTOP, "light"))) as one:
        yield one


def test_it_says_what_changed_what_only_looks_so_what_no_step_explains_and_what_to_know(found: TrackNarrative) -> None:
    assert sentences(found) == [
        f"No confirmed change of 2.0% or more in `{SHORT[6]}` against `{SHORT[5]}`.",
        f"`{NASTY}` looks 8.3% slower, but that is not confirmed: 20 new blocks of both commits did not confirm it.",
        f"`{NASTY}` is 8.3% slower than `git:v1.0` (+7.7% to +9.0%), without a confirmed step.",
        "`GET /slows` is 5.1% slower than `git:v1.0` (+4.5% to +5.7%), without a confirmed step.",
        "1 route has no valid figure; the reasons are below.",
        "6 points from 2 machines, 1 confirmed step.",
        "Uncommitted changes are not measured.",
    ]
    assert not found.slower


def test_a_commit_that_made_a_route_slower_is_told_first() -> None:
    told = narrative(joined(history()[:3], ()))
    assert sentences(told)[0] == f"`{SHORT[3]}` against `{SHORT[2]}`: `GET /step` is 10.4% slower (+9.8% to +11.1%)."
    assert told.slower


def test_one_that_made_it_faster_is_no_regression() -> None:
    again = fresh(2, 1, {"GET /a": exactly(-0.1)})
    points = [point(1, {"GET /a": exactly(0)}), point(2, {"GET /a": exactly(-0.1)}, fresh=(again,))]
    told = narrative(joined(points, ()))
    assert "`GET /a` is 9.5% faster" in sentences(told)[0]
    assert not told.slower


def test_a_first_point_has_nothing_to_be_compared_with() -> None:
    told = narrative(joined(history()[:1], ()))
    assert "3 routes measured against `git:v1.0`; no earlier point to compare with." in sentences(told)[0]
    assert "lines" not in [section.anchor for section in document(told).sections]


def test_a_first_point_that_differs_from_the_anchor_speaks_of_no_steps() -> None:
    routes = {f"GET /{number}": exactly(0.1) for number in range(5)}
    differ = sentences(narrative(joined([point(1, routes)], ())))[1:5]
    assert differ[0] == "`GET /0` is 10.5% slower than `git:v1.0` (+9.9% to +11.2%)."
    assert differ[3] == "2 more routes differ from `git:v1.0`."


def test_points_of_other_branches_are_counted_and_not_drawn() -> None:
    aside = point(2, {"GET /a": exactly(0.5)}, previous=commit(1))
    points = [point(1, {"GET /a": exactly(0.0)}), aside, point(3, {"GET /a": exactly(0.0)}, previous=commit(1))]
    told = narrative(joined(points, ()))
    assert sentences(told)[-1].endswith("no confirmed steps; 1 point not in the history of this one.")
    assert [one.point.commit for line in told.lines for one in line.points] == [commit(1), commit(3)]


def test_a_track_of_nothing_is_told_by_nobody() -> None:
    with pytest.raises(ValueError, match="says nothing"):
        narrative(joined([], ()))


def test_a_terminal_has_a_line_of_characters_for_each_route(found: TrackNarrative) -> None:
    said = printed(document(found), 120)
    lines = {line.split("  ")[1].strip(): line for line in said.splitlines() if line.startswith("  GET")}
    assert re.search(r"([▁▂▃▄])\1([█▇▆])\2{3}", lines["GET /step"])
    assert "+8.3%" in lines[NASTY]
    assert "+1.0% not confirmed" in lines[NASTY]
    assert "Confirmed steps" in said


def test_every_width_of_a_terminal_shows_everything(found: TrackNarrative) -> None:
    assert_whole(document(found))


def test_a_summary_in_markdown_escapes_what_others_wrote(found: TrackNarrative) -> None:
    said = markdown(document(found))
    assert "<b" not in re.sub(r"`[^`]*`", "", said).replace("<br>", "")
    assert "@everybody" not in said
    assert "| `GET /step` | " in said
    assert re.search("[▁▂▃▄▅▆▇█]{6}", said)


def test_many_routes_are_counted_where_space_is_short_and_not_all_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents_track, "BRIEF", 3)
    monkeypatch.setattr(documents_track, "DRAWN", 2)
    routes = {f"GET /{number}": exactly(number / 1e4) for number in range(9)}
    made = document(narrative(joined([point(1, routes), point(2, routes)], ())))
    said = printed(made, 120)
    assert "On the page: 6 more routes that changed less." in said
    assert [line.split()[1] for line in said.splitlines() if line.startswith("  GET")] == ["/8", "/7", "/6"]
    (pictures,) = [section for section in made.sections if section.anchor == "lines"]
    assert len(pictures.blocks) == 3


@pytest.mark.parametrize(("changed", "listed"), [(2, 10), (12, 12)])
def test_a_terminal_lists_what_changed_and_of_the_others_a_few(changed: int, listed: int) -> None:
    routes = {f"GET /{number}": exactly(0.1 if number < changed else 0.0) for number in range(15)}
    said = printed(document(narrative(joined([point(1, routes)], ()))), 120)
    assert sum(line.startswith("  GET") for line in said.splitlines()) == listed
    assert f"On the page: {15 - listed} more routes that changed less." in said


def test_the_export_has_the_point_every_step_and_every_route(found: TrackNarrative) -> None:
    made = json.loads(json_text(found))
    assert made["said"] == sentences(found)
    assert (made["point"]["commit"], made["points"], made["slower"]) == (commit(6), 6, False)
    (step,) = made["marked"]
    assert (step["route"], step["newer"], step["confirmed"]) == ("GET /step", commit(3), True)
    assert step["change"]["ci_low"] < step["change"]["ratio"] < step["change"]["ci_high"]
    assert {one["route"]: one["unexplained_verdict"] for one in made["routes"]} == {
        "GET /step": "equivalent",
        "GET /slows": "slower",
        NASTY: "slower",
        "GET /gone": None,
    }


@pytest.mark.parametrize("opened", LOOKS, indirect=True, ids=lambda look: f"{look[0][0]}px-{look[1]}")
def test_the_page_asks_for_nothing_complains_of_nothing_and_runs_nothing(opened: Opened, file: Path) -> None:
    assert opened.requests == [file.as_uri()]
    assert opened.complaints == []
    assert opened.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert opened.page.locator("b").count() == 0


def test_every_route_has_a_picture_and_steps_are_named_by_their_commits(opened: Opened) -> None:
    pictures = opened.page.locator("#lines .part")
    assert pictures.count() == 3
    step = pictures.filter(has=opened.page.locator("h3 code", has_text="GET /step")).locator(".chart")
    assert f"{SHORT[3]} +10.4%" in step.locator("text").all_text_contents()
    said = step.locator("[aria-label^='GET /step, ']").evaluate_all(
        "marks => marks.map(mark => mark.getAttribute('aria-label'))"
    )
    assert len([one for one in said if "after" not in one]) == 6
    assert [one for one in said if "after" in one] == [
        f"GET /step, {SHORT[3]} after {SHORT[2]}: 10.4% slower, +9.8% to +11.1%"
    ]


def test_points_of_another_machine_are_hollow_and_the_page_says_so(opened: Opened) -> None:
    assert "A hollow point was measured on another machine" in opened.page.locator("#lines").inner_text()
    hollow = opened.page.locator("#lines .part").first.locator(".chart [fill='var(--surface)'][aria-label]")
    assert [SHORT[4] in str(one.get_attribute("aria-label")) for one in hollow.all()] == [True]


def test_links_lead_somewhere_and_no_id_is_used_twice(opened: Opened) -> None:
    ids = opened.page.evaluate("[...document.querySelectorAll('[id]')].map(element => element.id)")
    links = opened.page.evaluate("[...document.querySelectorAll('a')].map(link => link.getAttribute('href'))")
    assert len(set(ids)) == len(ids)
    assert {link.removeprefix("#") for link in links} <= set(ids)


def test_pictures_fit_a_phone(browser: Browser, file: Path) -> None:
    with opening(browser, file, (PHONE, "dark")) as one:
        pictures = one.page.locator(".chart svg:visible")
        assert pictures.count() == 3
        assert all((box := pictures.nth(at).bounding_box()) and box["x"] + box["width"] <= 390 for at in range(3))
