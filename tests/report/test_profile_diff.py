"""Two stacks' profiles in words, as files for others, and as a page in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from bench.model.comparison import AnswerMismatch
from bench.model.run import MissingSample
from bench.profiles.diff import Difference, difference
from bench.profiles.folded import Stack, stacks
from bench.report.documents import profile_diff
from bench.report.exports import profile_diff as exports_profile_diff
from bench.report.figures.diff_flame_graph import difffolded, payload
from bench.report.renderers.html import page as html_page
from bench.report.words.comparison import versions
from bench.report.words.diff_case import of_time
from bench.report.words.diff_kinds import TIME
from bench.report.words.profile_diff import sentences, sides
from tests.opened import DESKTOP, PHONE, Opened, opening
from tests.profile_runs import APP, BASE, FRESH, GONE, HEAD, NASTY, RUN, SOLVE, flames, launches, profile_pairs
from tests.widths import assert_whole, printed


@pytest.fixture(scope="module")
def found() -> Difference:
    return difference("a:b", launches(BASE), launches(HEAD))


def test_the_sentences_name_the_function_that_got_slower_and_what_is_new_in_it(found: Difference) -> None:
    whole, there = sentences(found, TIME)
    assert whole.startswith("`a:b` changed by +1,429")
    assert "µs per request while profiled (4,444 before, 5,873 after)" in whole
    assert re.match(rf"`{re.escape(SOLVE)}` changed most: \+1,6\d\d ± \d+ µs, 1,515 of it in called functions", there)
    assert f"only the head has, e.g. `{FRESH}`" in there


def test_profiles_that_hardly_differ_have_no_culprit() -> None:
    one = difference("a:b", launches(BASE)[:1], launches(BASE)[1:2])
    (sentence,) = sentences(one, TIME)
    assert sentence.endswith("no function changed by more than the noise.")


def test_a_page_is_called_by_what_moved() -> None:
    assert versions(flames()) == ["fastapi 0.139.2 → 0.140.0"]
    assert sides(flames()) == ("0.139.2", "0.140.0")
    same = flames().model_copy(update={"head": flames().base})
    assert versions(same) == ["fastapi 0.139.2 on both sides"]
    assert sides(same) == ("base", "head")


def test_the_three_columns_hold_either_side_whole(found: Difference) -> None:
    rows = [line.rsplit(" ", 2) for line in difffolded(found).splitlines()]
    sums = [sum(int(row[side]) for row in rows) / 1e3 for side in (1, 2)]
    assert sums == [pytest.approx(found.base, rel=1e-3), pytest.approx(found.head, rel=1e-3)]
    by_stack = {row[0]: (int(row[1]), int(row[2])) for row in rows}
    assert by_stack[f"{RUN};{APP};{SOLVE};{FRESH}_[new]"] == (0, 1_515_000)
    assert by_stack[f"{RUN};{GONE}_[removed]"][1] == 0
    assert all(by_stack[f"{RUN};{APP}"])


def test_both_sides_are_written_for_other_tools(found: Difference, tmp_path: Path) -> None:
    written = exports_profile_diff.write(flames(), [found], TIME, tmp_path)
    assert {file.name for file in written} == {
        "a-b.difference.folded",
        *(f"a-b.{arm}.{kind}" for arm in ("base", "head") for kind in ("folded", "speedscope.json")),
    }
    read: dict[Stack, int] = dict(stacks((tmp_path / "a-b.base.folded").read_text()))
    assert read.keys() == BASE.keys()
    shown = json.loads((tmp_path / "a-b.head.speedscope.json").read_text())
    assert shown["profiles"][0]["unit"] == "nanoseconds"


def test_a_frame_counts_what_is_new_below_it_as_its_own_change(found: Difference) -> None:
    drawn = payload(found, TIME)
    changes = {(drawn["frames"][frame], mark): own for _, frame, _, mark, _, _, own in drawn["trees"]["both"]}
    assert changes[SOLVE, 0] / drawn["scale"] == pytest.approx(1.01 * (100 + 1500))
    assert changes[FRESH, 1] / drawn["scale"] == pytest.approx(1.01 * 1500)


def rendered(found: Difference) -> str:
    seen = flames(profile_pairs())
    return html_page(profile_diff.document(seen, of_time(seen, [found]), TIME))


def test_a_terminal_shows_every_word_at_any_width(found: Difference) -> None:
    seen = flames(profile_pairs())
    assert_whole(profile_diff.document(seen, of_time(seen, [found]), TIME))


def test_cases_that_were_not_profiled_are_named_with_the_reason() -> None:
    update = {
        "complete": False,
        "disagreements": (AnswerMismatch(case="a:b", base="answers 200", head="answers 404"),),
        "absences": (MissingSample(case="c:d", during="profile", kind="invalid", reason="it fell over"),),
    }
    out = printed(profile_diff.document(flames().model_copy(update=update), [], TIME), 100)
    assert "Nothing could be measured." in out
    assert "Interrupted: " in out
    assert "a:b: different responses: base answers 200; head answers 404" in out
    assert "c:d: it fell over" in out


@pytest.fixture
def opened(browser: Browser, found: Difference, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Opened]:
    file = tmp_path / "flame.html"
    file.write_text(rendered(found), "utf-8")
    with opening(browser, file, (getattr(request, "param", DESKTOP), "light")) as there:
        there.page.wait_for_selector("svg.flame")
        yield there
        assert there.requests == [file.as_uri()]
        assert there.complaints == []


@pytest.fixture
def page(opened: Opened) -> Page:
    return opened.page


def labels(page: Page) -> list[str]:
    names: list[str] = page.locator("svg.flame g").evaluate_all("groups => groups.map(group => group.node.label)")
    return names


def test_the_page_draws_before_after_and_the_difference(page: Page) -> None:
    assert f"[new] {FRESH}" in labels(page)
    assert any(re.fullmatch(rf"\+1,620 {re.escape(SOLVE)}", label) for label in labels(page))
    assert not any("[removed]" in label for label in labels(page))
    page.select_option("#flame-view", "removed")
    assert f"[removed] {GONE}" in labels(page)
    page.select_option("#flame-view", "before")
    assert GONE in labels(page)
    assert FRESH not in labels(page)
    page.select_option("#flame-view", "after")
    assert FRESH in labels(page)
    assert GONE not in labels(page)
    assert page.locator(".legend[data-of=one]").is_visible()
    assert not page.locator(".legend[data-of=two]").is_visible()


def test_colours_go_with_words(page: Page) -> None:
    slower = page.locator("svg.flame g.more-3")
    assert slower.evaluate_all("groups => groups.map(group => group.node.name)") == [SOLVE]
    slower.hover()
    detail = page.locator(".flame-detail").inner_text()
    assert re.search(r"2,420 before, 4,050 after, \+1,630 µs per request while profiled", detail.replace("\xa0", " "))
    page.locator("svg.flame g.new").hover()
    assert page.locator(".flame-detail").inner_text().endswith("only the head has it")


def test_arrows_move_enter_zooms_and_escape_resets(page: Page) -> None:
    page.locator("svg.flame").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    assert page.locator(".flame-detail").inner_text().startswith(SOLVE)
    page.keyboard.press("ArrowRight")
    assert page.locator(".flame-detail").inner_text().startswith(NASTY)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    first = page.locator("svg.flame g:not(.above) rect").first
    whole = page.locator("svg.flame").bounding_box()
    assert whole is not None
    assert float(first.get_attribute("width") or 0) == pytest.approx(whole["width"], abs=1)
    page.keyboard.press("ArrowUp")
    assert page.locator(".flame-detail").inner_text().startswith(APP)
    page.keyboard.press("Escape")
    assert page.locator("svg.flame g.above").count() == 0


def test_the_culprit_is_the_first_row_and_new_functions_are_marked(page: Page) -> None:
    rows = page.locator(".profile table").first.locator("tbody tr").all_inner_texts()
    assert rows[0].startswith(SOLVE)
    assert rows[1].startswith(f"{FRESH}\tnew\t")
    assert any(row.startswith(f"{GONE}\tremoved\t") for row in rows)


def test_the_profilers_tax_is_printed_for_both_sides(page: Page) -> None:
    assert page.locator(".profile").inner_text().count("2.0× slower") == 2  # noqa: RUF001


def test_markup_in_a_function_is_shown_as_text(opened: Opened) -> None:
    opened.page.locator("svg.flame g", has_text="</script>").hover()
    assert NASTY in opened.page.locator(".flame-detail").inner_text()
    assert NASTY in opened.page.locator(".profile table").first.inner_text()
    assert opened.page.locator("b").count() == 0


@pytest.mark.parametrize("opened", [PHONE], indirect=True)
def test_a_phone_needs_no_sideways_scroll(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def many(stacks_: int) -> dict[Stack, int]:
    """As many frames as stacks: a trunk of ten, and branches of their own names below it."""
    trunk = tuple(f"fastapi.routing:step_{depth}" for depth in range(10))
    return {
        (RUN, *trunk[: 1 + n % 10], f"mypackage.module_{n % 50}:function_{n}"): 1 + 100_000 // (n + 1)
        for n in range(stacks_)
    }


def test_five_thousand_frames_stay_below_one_and_a_half_megabytes_and_zoom_as_fast_as_they_can_be_drawn(
    browser: Browser, tmp_path: Path
) -> None:
    large = difference("a:b", launches(many(5000)), launches(many(5000)))
    text = rendered(large)
    assert sum(1 for _ in large.tree.walk()) > 5000
    assert len(text.encode()) < 1_500_000
    file = tmp_path / "flame.html"
    file.write_text(text, "utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    taken: dict[str, Any] = page.evaluate(
        """() => {
          const flame = new Flame(document.querySelector(".profile"));
          flame.draw();
          const time = (act) => { const start = performance.now(); act(); return performance.now() - start; };
          const zoom = Math.min(...[1, 2, 3].map(() => time(() => flame.zoom(flame.nodes[2]))));
          const count = document.querySelectorAll("svg.flame g").length;
          const bare = Math.min(...[1, 2, 3].map(() => time(() => {
            const svg = svgElement("svg", {});
            for (let n = 0; n < 5000; n += 1) {
              const group = svgElement("g", {});
              group.append(svgElement("rect", { x: n, y: n, width: 1, height: 1 }), svgElement("text", { x: n, y: n }));
              svg.append(group);
            }
            document.body.replaceChildren(svg);
          })));
          return { zoom, bare, count };
        }"""
    )
    page.close()
    assert taken["count"] > 100
    assert taken["zoom"] < 3 * taken["bare"] + 5
