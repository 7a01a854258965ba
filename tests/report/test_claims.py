"""Claims and questions as they are shown: on the page, on a terminal, and to other tools."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from bench.analysis.run.summary import summarise
from bench.claims.claim import ClaimVerdict
from bench.claims.judge import answer, judge
from bench.model.workload import EffortName
from bench.report.exports import run
from tests.factories import synthetic_run
from tests.opened import DESKTOP, PHONE, Look
from tests.pages import run_page, run_printed
from tests.runs import a_run, the_whole
from tests.widths import WIDTHS

NASTY = "<b>bold</b></script><script>alert('x')</script> [bold]not markup[/bold]"
WHOLE = a_run(facts={"orjson_deprecation:warnings": {"warnings": [{"category": "Deprecation", "says": NASTY}]}})
LEAST_CONTRAST = 4.5
# Of the text over its own background, as WCAG 2 defines it; the badges' surfaces are opaque.
CONTRAST = """badge => {
  const luminance = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(Number)
    .map(part => part / 255).map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const style = getComputedStyle(badge);
  const [one, other] = [luminance(style.color), luminance(style.backgroundColor)];
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("claims") / "report.html"
    path.write_text(run_page(WHOLE, {}), "utf-8")
    return path


@pytest.fixture(scope="module")
def pages() -> dict[Look, Page]:
    """By how it is looked at; no test here leaves anything on a page that another would see."""
    return {}


@pytest.fixture(params=[(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"])
def page(browser: Browser, file: Path, pages: dict[Look, Page], request: pytest.FixtureRequest) -> Page:
    look: Look = request.param
    if look not in pages:
        viewport = ViewportSize(width=look[0][0], height=look[0][1])
        pages[look] = browser.new_context(viewport=viewport, color_scheme=look[1]).new_page()
        pages[look].goto(file.as_uri())
    return pages[look]


def test_every_claim_and_question_is_on_the_page_with_its_verdict(page: Page) -> None:
    for claim in judge(summarise(WHOLE)):
        shown = page.locator(f"#claim-{claim.name}")
        assert shown.locator(".verdict").inner_text().startswith(claim.verdict)
        assert shown.locator("strong").inner_text() == claim.says.replace("`", "")
        if claim.scope:
            assert claim.scope.replace("`", "") in shown.locator(".scope").inner_text()
    for reply in answer(summarise(WHOLE)):
        assert page.locator(f"#question-{reply.name} strong").inner_text() == reply.asks.replace("`", "")


def test_a_badges_word_stands_out_from_its_colour(page: Page) -> None:
    badges = page.locator("#claims .verdict:visible")
    assert {badge.partition(" …")[0] for badge in badges.all_inner_texts()} >= {"holds", "holds for", "refuted"}
    assert min(badges.evaluate_all(f"badges => badges.map({CONTRAST})")) >= LEAST_CONTRAST


@pytest.mark.parametrize("verdict", ["warn", "soft", "good", "part", "bad"])
def test_each_verdicts_colours_are_legible(page: Page, verdict: str) -> None:
    badge = page.locator("#claims .verdict").first
    before = badge.get_attribute("class")
    badge.evaluate("(badge, verdict) => { badge.className = `verdict ${verdict}`; }", verdict)
    contrast = badge.evaluate(CONTRAST)
    badge.evaluate("(badge, before) => { badge.className = before; }", before)
    assert contrast >= LEAST_CONTRAST


def test_what_an_app_answered_is_shown_as_text(page: Page) -> None:
    assert NASTY in page.locator("#claim-orjson_response_is_deprecated").inner_text()
    assert page.locator("b").count() == 0


def test_every_case_behind_a_claim_is_a_link_to_it(page: Page) -> None:
    links = page.locator("#claims .rests a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    ids = set(page.evaluate("[...document.querySelectorAll('[id]')].map(element => element.id)"))
    assert len(links) > 100
    assert {link.removeprefix("#") for link in links} <= ids


def test_the_claims_need_no_sideways_scroll(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_serialisers_table_holds_every_point_of_their_chart(page: Page) -> None:
    points = page.locator("#claims .chart:visible [aria-roledescription=point]").count()
    assert page.locator("#claims table td[data-value]").count() == points


def test_claims_that_were_not_measured_are_folded_away_with_their_reasons() -> None:
    html = run_page(synthetic_run(), {})
    missing = [claim for claim in judge(summarise(synthetic_run())) if claim.verdict is ClaimVerdict.NOT_MEASURED]
    assert f"Not measured in this run: {len(missing)} claims" in html
    assert "not part of this default run" in html


def test_a_run_that_judges_nothing_has_no_section_of_claims() -> None:
    run = WHOLE.model_copy(update={"samples": ()})
    assert 'id="claims"' not in run_page(run, {})
    assert "Claims" not in run_printed(run)


def test_a_terminal_shows_each_claim_with_its_verdict_and_scope_and_leaves_the_numbers_to_the_page() -> None:
    text = run_printed(WHOLE)
    lines = text.splitlines()
    assert next(line for line in lines if "/users/bulk" in line).strip().startswith("refuted")
    assert "Declared after" not in text
    assert any(line.startswith("  holds for") and "ORJSONResponse is 2 to 3 times faster" in line for line in lines)
    assert "payloads. For about" in " ".join(text.split())


@pytest.mark.parametrize("width", WIDTHS)
def test_a_terminal_is_never_overrun(width: int) -> None:
    claims = run_printed(WHOLE, width).partition("Claims")[2].partition("Peak memory")[0]
    assert claims
    assert max(len(line) for line in claims.splitlines()) <= width


def test_a_terminal_says_in_one_line_how_many_were_not_measured() -> None:
    assert "at default effort; bench run --full measures more." in run_printed(synthetic_run())
    full = synthetic_run().model_copy(update={"effort": EffortName.FULL})
    assert "--full" not in run_printed(full).partition("Not measured:")[2].partition("\n")[0]


def test_other_tools_read_the_same_claims_and_answers(tmp_path: Path) -> None:
    run.write(a_run(), {}, tmp_path)
    read = json.loads((tmp_path / "claims.json").read_text("utf-8"))
    assert [(claim["name"], claim["verdict"]) for claim in read["claims"]] == [
        (claim.name, claim.verdict.value) for claim in judge(the_whole())
    ]
    assert {*read["claims"][0]} == {"name", "says", "verdict", "scope", "finding", "cases"}
    assert {*read["answers"][0]} == {"name", "asks", "finding", "cases", "measured"}
