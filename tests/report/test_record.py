"""A record as a page, on a terminal, in Markdown and as data: the largest changes first, what is not confirmed is said,
and data stays text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Browser

from bench.analysis.series.record import PackageRecord
from bench.analysis.series.release_pairs import Quantity
from bench.report.document import Section, Table
from bench.report.documents.record import document
from bench.report.exports.record import json_text
from bench.report.figures.record_chart import alone
from bench.report.figures.themes import THEMES
from bench.report.publish import graphs, publish_record
from bench.report.renderers.html import page
from bench.report.renderers.markdown import markdown
from bench.report.words.package_steps import confirmed, listed_once
from bench.report.words.record import sentences
from tests.opened import DESKTOP, LOOKS, PHONE, Opened, opening
from tests.records import PLAIN, REFUTED, RELEASES, Profiled, fastapi, package_record
from tests.widths import assert_whole, printed

NASTY = "</script><b onclick=alert(1)>x</b> {{ 7 * 7 }} | @all"
SERVED = Quantity("fastapi_plain:plain", "server_cpu_us")
UVICORN = ("0.30.0", "0.31.0", "0.32.0")
SHOWN = "rows => rows.filter(row => row.checkVisibility()).map(row => row.innerText)"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("record")


@pytest.fixture(scope="module")
def found(folder: Path) -> list[PackageRecord]:
    return [fastapi(folder), package_record({SERVED: (0, -0.09, -0.09)}, UVICORN, package="uvicorn")]


@pytest.fixture(scope="module")
def file(found: list[PackageRecord], folder: Path) -> Path:
    return publish_record(found, folder, {})[1]


@pytest.fixture
def opened(browser: Browser, file: Path, request: pytest.FixtureRequest) -> Iterator[Opened]:
    with opening(browser, file, getattr(request, "param", (DESKTOP, "light"))) as one:
        yield one


def nasty() -> PackageRecord:
    """Names that nobody should choose."""
    logs = {Quantity(NASTY, "cpu_us"): (0, 0.2, 0.2)}
    return package_record(logs, UVICORN, package=NASTY, profiled=Profiled(name=NASTY))


def main_of(html: str) -> str:
    """What the page says, without its pictures."""
    main = html[html.index("<main") : html.index("</main>") + len("</main>\n")]
    return re.sub(r"\n\s*\n+", "\n", re.sub(r"(<svg.*?)?</svg>\n?", "", main, flags=re.DOTALL))


def test_it_begins_with_how_much_was_measured_and_the_largest_step(found: list[PackageRecord]) -> None:
    assert sentences(found) == [
        "9 releases of fastapi and uvicorn, measured on 28 November 2026: 5 confirmed steps in 4 releases.",
        "The largest: fastapi 0.104.0 changed the CPU of `fastapi_response_model:rows100` by −43.4% "  # noqa: RUF001
        "(−43.9% to −42.9%).",  # noqa: RUF001
        "fastapi 0.100.0 to 0.105.0, 5 costs: 2 higher, 2 lower and 1 the same within 3.0%; starlette "
        "0.27.0 → 0.28.0 changed too.",
        "uvicorn 0.30.0 to 0.32.0, 1 cost: 1 lower.",
        "1 step looked changed, but fresh blocks did not confirm it.",
        "Of 1 release of fastapi some costs are still to be measured.",
        "Run `bench record` to measure what is left.",
    ]


def test_it_is_read_at_80_columns(golden: Callable[[str, str], None], found: list[PackageRecord]) -> None:
    golden("record.txt", printed(document(found), 80))


def test_it_is_read_as_markdown(golden: Callable[[str, str], None], found: list[PackageRecord]) -> None:
    golden("record.md", markdown(document(found)))


def test_it_is_read_as_a_page(golden: Callable[[str, str], None], found: list[PackageRecord], folder: Path) -> None:
    golden("record.html", main_of(page(document(found[:1], graphs(found[:1], folder)))))


def test_every_width_of_a_terminal_shows_everything(found: list[PackageRecord]) -> None:
    assert_whole(document(found))


def test_names_of_others_stay_text() -> None:
    made = document([nasty()])
    assert_whole(made)
    html = page(made)
    assert "<b onclick" not in html
    assert html.count("</script>") == page(document([])).count("</script>")
    said = markdown(made)
    assert "<b" not in re.sub(r"`[^`]*`", "", said).replace("<br>", "")
    assert "@all" not in re.sub(r"`[^`]*`", "", said)
    json.loads(json_text([nasty()]))


def test_a_record_of_nothing_says_how_to_begin(tmp_path: Path) -> None:
    begun = package_record({PLAIN: (None,)}, RELEASES[:1])
    for records in ([], [begun]):
        said, written = publish_record(records, tmp_path, {})
        assert "Nothing was measured yet. Measure with bench record." in printed(said, 80)
        assert said.sections == ()
        assert "filter" not in main_of(written.read_text("utf-8"))


def test_a_record_of_one_valid_release_has_no_line_yet(tmp_path: Path) -> None:
    said, _ = publish_record([package_record({PLAIN: (None, 0)}, RELEASES[:2])], tmp_path, {})
    html = page(said)
    assert "1 release, 0.101.0, up to 1 cost each: no confirmed step" in html
    assert "<svg" not in html
    assert not (tmp_path / "exports" / "fastapi.svg").exists()
    assert_whole(said)


def test_a_step_over_a_release_that_is_not_known_names_both_of_its_ends(found: list[PackageRecord]) -> None:
    logs = {PLAIN: (0, None, 0.1)}
    said = printed(document([package_record(logs, RELEASES[:3])]), 100)
    assert "fastapi 0.100.0 → 0.102.0" in said


def test_the_largest_changes_are_one_per_release_and_name_its_other_cases(found: list[PackageRecord]) -> None:
    html = page(document(found))
    largest = html[html.index('id="largest"') : html.index('id="package-fastapi"')]
    heads = re.findall(r"<strong>(.*?)</strong>", largest)
    assert [re.sub("<.*?>", "", one) for one in heads] == [
        "fastapi 0.104.0: fastapi_response_model:rows100",
        "fastapi 0.105.0: routes_200_routers:start (start-up CPU)",
        "fastapi 0.102.0: fastapi_plain:plain",
        "uvicorn 0.31.0: fastapi_plain:plain (server CPU)",
    ]
    assert "Other cases: <code>fastapi_response_model:rows100</code> +8.2%." in largest
    assert "confirmed by 16 fresh blocks" in largest


def test_a_step_that_may_be_of_another_package_is_listed_with_that_package() -> None:
    """Steps of FastAPI that cost more have another Starlette here."""
    starlette = package_record({PLAIN: (0, 0.1)}, ("0.27.0", "0.28.0"), package="starlette")
    later = package_record({PLAIN: (0, 0.1)}, ("0.28.0", "0.29.0"), package="starlette")
    own = package_record({PLAIN: (0, 0.2, 0)}, RELEASES[:3])
    both, apart = page(document([own, starlette])), page(document([own, later]))
    assert "also starlette 0.27.0 → 0.28.0 (see starlette 0.28.0)" in both
    assert "also starlette 0.27.0 → 0.28.0<" in apart
    heads = [{*re.findall(r"<strong>(\w+ [\d.]+):", one[one.index('id="largest"') :])} for one in (both, apart)]
    assert heads[0] == {"fastapi 0.102.0", "starlette 0.28.0"}
    assert heads[1] == {"fastapi 0.101.0", "fastapi 0.102.0", "starlette 0.29.0"}


def test_a_step_for_which_another_package_went_back_is_no_step_of_its_own() -> None:
    """Pydantic 2.1.0 works with no FastAPI that excludes it: the resolver takes an old one."""
    old = package_record({PLAIN: (0, 0.3)}, ("2.0.3", "2.1.0"), package="pydantic")
    (line,) = old.lines
    (step,) = line.steps
    assert step.fresh is not None
    back = replace(step, fresh=replace(step.fresh, moved={"fastapi": ("0.102.0", "0.100.0")}))
    old = replace(old, lines=(replace(line, steps=(back,)),))
    own = package_record({PLAIN: (0, 0.2, 0)}, RELEASES[:3])
    assert {one.package for one in listed_once(confirmed([own, old]))} == {"fastapi"}
    assert "also fastapi 0.102.0 → 0.100.0 (see fastapi 0.100.0 to 0.102.0)" in page(document([own, old]))


def test_of_two_releases_that_changed_together_the_one_with_the_larger_step_is_listed() -> None:
    starlette = package_record({PLAIN: (0, 0.3)}, ("0.27.0", "0.28.0"), package="starlette")
    (line,) = starlette.lines
    (step,) = line.steps
    assert step.fresh is not None
    both = replace(step, fresh=replace(step.fresh, moved={"fastapi": ("0.100.0", "0.101.0")}))
    starlette = replace(starlette, lines=(replace(line, steps=(both,)),))
    own = package_record({PLAIN: (0, 0.2)}, RELEASES[:2])
    assert [one.package for one in listed_once(confirmed([own, starlette]))] == ["starlette"]
    larger = package_record({PLAIN: (0, 0.4)}, RELEASES[:2])
    assert [one.package for one in listed_once(confirmed([larger, starlette]))] == ["fastapi"]


def test_a_release_with_other_packages_is_marked_on_the_axis_and_in_the_table(found: list[PackageRecord]) -> None:
    html = page(document(found))
    line = html.split('id="line-fastapi-fastapi_plain-plain-cpu_us"')[1].split("<h4")[0]
    assert line.count('aria-label="0.102.0: also starlette 0.27.0 → 0.28.0"') == 1
    assert ">starlette 0.27.0 → 0.28.0</td>" in line


def test_a_line_says_what_its_target_is(found: list[PackageRecord]) -> None:
    html = page(document(found, described={"fastapi_plain": "A plain <route>."}))
    assert "A plain &lt;route&gt;. CPU: 34.6 µs in 0.100.0, 38.2 µs in 0.105.0" in html


def test_only_the_ten_largest_stand_first() -> None:
    releases = [f"0.{minor}.0" for minor in range(13)]
    logs = {PLAIN: [0.05 * minor + 0.001 * minor**2 for minor in range(13)]}
    html = page(document([package_record(logs, releases)]))
    largest = html[html.index('id="largest"') : html.index('id="package-fastapi"')]
    assert "The ten largest changes" in largest
    assert re.findall(r"<strong>fastapi 0\.(\d+)\.0", largest) == [str(minor) for minor in range(12, 2, -1)]


def unconfirmed(records: Sequence[PackageRecord]) -> dict[str, list[list[str]]]:
    """The rows of each group."""
    (section,) = [one for one in document(records).sections if one.anchor == "unconfirmed"]
    groups = [one for one in section.blocks if isinstance(one, Section)]
    return {
        one.title: [
            [cell.text for cell in row.cells] for block in one.blocks if isinstance(block, Table) for row in block.rows
        ]
        for one in groups
    }


def test_what_fresh_blocks_refute_is_listed_and_not_marked(found: list[PackageRecord]) -> None:
    row = ["fastapi", "0.103.0", "deps_yield:plain", "+6.2%", "+0.2%", "16 new blocks did not confirm it"]
    assert unconfirmed(found) == {"By fresh blocks": [row]}
    picture = page(document(found)).split('id="line-fastapi-deps_yield-plain-cpu_us"')[1].split("<h4")[0]
    assert "0.103.0 +" not in picture


def test_what_only_other_packages_changed_has_a_list_of_its_own() -> None:
    """Fresh blocks had the same Starlette on both sides, and show nothing."""
    made = package_record({REFUTED: (0, 0.06)}, RELEASES[:2], refuted=((REFUTED, "0.101.0"),))
    (line,) = made.lines
    (step,) = line.steps
    assert step.fresh is not None
    equal = replace(step, fresh=replace(step.fresh, moved={}))
    own = replace(made, lines=(replace(line, steps=(equal,)),))
    assert list(unconfirmed([own])) == ["With the same other packages"]
    (said,) = [one for one in sentences([own]) if "looked changed" in one]
    assert said.endswith("did not confirm it; for 1 of these, other packages changed too.")


def test_steps_that_have_no_fresh_blocks_yet_are_not_called_changed_and_no_chain_is_checked() -> None:
    begun = package_record({PLAIN: (0, 0.1, 0.2, 0.2)}, RELEASES[:4], direct=False)
    assert "2 possible steps are not measured again yet." in sentences([begun])
    assert list(unconfirmed([begun])) == ["Still to be decided"]
    made = document([begun])
    assert not {"largest", "chains"} & {section.anchor for section in made.sections}
    assert "the two were not compared directly" in " ".join(printed(made, 120).split())
    assert alone(begun) is not None


def test_what_was_measured_twice_is_compared(found: list[PackageRecord]) -> None:
    said = " ".join(printed(document(found), 100).split())
    assert "1 release measured a second time, 2 figures: 1 (50.0%) agree with the first" in said
    assert "nine in ten by at most 4.1%. Intervals hold within one session" in said


def test_the_export_has_every_point_every_step_and_the_check_of_every_line(found: list[PackageRecord]) -> None:
    made = json.loads(json_text(found))
    assert made["said"] == sentences(found)
    fast, served = made["packages"]
    assert (fast["package"], fast["anchor"], fast["missing"]) == ("fastapi", "0.105.0", ["0.106.0"])
    plain, rows, refuted, start, _ = fast["lines"]
    assert [one["release"] for one in plain["points"]] == list(RELEASES)
    assert plain["points"][0]["cost"] == pytest.approx(38.2 * 0.9048, rel=1e-3)
    assert [(one["newer"], one["confirmed"]) for one in rows["steps"] if one["confirmed"]] == [
        ("0.102.0", True),
        ("0.104.0", True),
    ]
    (step,) = [one for one in refuted["steps"] if one["newer"] == "0.103.0"]
    assert (step["looks"], step["fresh"]["verdict"]) == ("slower", "equivalent")
    assert rows["steps"][1]["profile"]["functions"][0]["layer"] == "fastapi"
    assert start["points"][1] == {
        "release": "0.101.0",
        "ratio": None,
        "ci_low": None,
        "ci_high": None,
        "cost": None,
        "allocs": None,
        "reason": "head: <b>it fails</b>",
    }
    assert all(one["chain"]["direct"] for one in (*fast["lines"], *served["lines"]))


def test_the_picture_that_stands_alone_names_steps_and_brings_both_themes(file: Path) -> None:
    svg = (file.parent / "exports" / "fastapi.svg").read_text("utf-8")
    text = " ".join(ET.fromstring(svg).itertext())  # noqa: S314  our own file
    assert "0.104.0 −43.4%" in text  # noqa: RUF001
    assert "What releases of fastapi changed, 0.100.0 to 0.105.0" in text
    assert all(f"{name}:" in THEMES for name in re.findall(r"var\((--[a-z-]+)\)", svg))
    assert "<b" not in (alone(nasty()) or "")


@pytest.mark.parametrize("opened", LOOKS, indirect=True, ids=lambda look: f"{look[0][0]}px-{look[1]}")
def test_the_page_asks_for_nothing_complains_of_nothing_and_needs_no_sideways_scroll(
    opened: Opened, file: Path
) -> None:
    opened.page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
    assert opened.requests == [file.as_uri()]
    assert opened.complaints == []
    assert opened.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert opened.page.locator("b").count() == 0


def test_names_of_others_run_nothing(browser: Browser, tmp_path: Path) -> None:
    _, written = publish_record([nasty()], tmp_path, {})
    with opening(browser, written, (DESKTOP, "light")) as one:
        assert one.complaints == []
        assert one.page.locator("b").count() == 0


def test_a_search_leaves_what_has_every_word_wherever_it_is(opened: Opened) -> None:
    page = opened.page
    page.fill("main > .filter input", "rows100 0.104")
    assert page.locator("#largest .claims > li:visible strong").all_inner_texts() == [
        "fastapi 0.104.0: fastapi_response_model:rows100"
    ]
    assert page.locator("#package-fastapi .grid .part:visible h4").all_inner_texts() == [
        "fastapi_response_model:rows100"
    ]
    rows = page.locator("#package-fastapi tbody tr:visible").evaluate_all(SHOWN)
    assert [row.split()[:2] for row in rows] == [["0.104.0", "fastapi_response_model:rows100"]]
    assert page.locator("#unconfirmed table:visible").count() == 0
    page.fill("main > .filter input", "serialize_response")
    assert page.locator("#profiles .entry:visible").count() == 3


def test_a_search_takes_a_package(opened: Opened) -> None:
    page = opened.page
    page.select_option("main > .filter select", "uvicorn")
    assert page.locator("#largest .claims > li:visible").count() == 1
    assert page.locator(".chart:visible").count() == 1
    assert page.locator("#chains tbody tr:visible").count() == 1


def test_pictures_fit_a_phone(browser: Browser, file: Path) -> None:
    with opening(browser, file, (PHONE, "dark")) as one:
        pictures = one.page.locator(".chart svg:visible")
        assert pictures.count() == 6
        assert all((box := pictures.nth(at).bounding_box()) and box["x"] + box["width"] <= 390 for at in range(6))


def test_steps_are_marked_with_their_release_and_labels_stay_in_the_picture(opened: Opened) -> None:
    chart = opened.page.locator(".part:has(> #line-fastapi-fastapi_response_model-rows100-cpu_us) .chart")
    texts = [one for one in chart.locator("text").all_text_contents() if "%" in one and "." in one and " " in one]
    assert texts == ["0.102.0 +8.2%", "0.104.0 −43.4%"]  # noqa: RUF001
    within = """() => [...document.querySelectorAll('.chart')].every(chart => {
        const box = chart.querySelector('svg').getBoundingClientRect();
        return [...chart.querySelectorAll('text')].every(text => {
            const own = text.getBoundingClientRect();
            return own.left >= box.left - 1 && own.right <= box.right + 1 && own.top >= box.top - 1;
        });
    })"""
    assert opened.page.evaluate(within)


def test_a_function_leads_to_its_profile_and_the_flame_graph_opens(opened: Opened) -> None:
    page = opened.page
    row = page.locator("#package-fastapi tbody tr[data-found-by*='0.102.0']", has_text=PLAIN.case)
    row.get_by_role("link", name="serialize_response").click()
    page.locator("#profile-fastapi-0-101-0-0-102-0-fastapi_plain-plain .flame").wait_for(state="visible")


def test_no_id_is_used_twice_and_links_lead_somewhere(opened: Opened) -> None:
    ids = opened.page.evaluate("[...document.querySelectorAll('[id]')].map(element => element.id)")
    links = opened.page.evaluate("[...document.querySelectorAll('a')].map(link => link.getAttribute('href'))")
    assert len(set(ids)) == len(ids)
    assert {link.removeprefix("#") for link in links} <= set(ids)


def test_without_scripts_it_is_a_plain_page(browser: Browser, file: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert not page.locator(".filter").is_visible()
    assert page.locator("#largest .claims > li:visible").count() == 4
    assert page.locator(".chart:visible").count() == 6
    context.close()
