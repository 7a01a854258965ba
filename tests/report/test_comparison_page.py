"""A comparison's page in a real browser: the verdict first, what changed to be seen, and data stays text."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from comparisons import comparison, counted, measured, runs_compared, served, side
from factories import synthetic_run
from playwright.sync_api import Browser, Page

from bench.analysis.comparison import verdicts as analysis
from bench.analysis.comparison.blocks import LATENCIES
from bench.analysis.comparison.results import reported
from bench.model.comparison import AnswerMismatch, Comparison, Metric, Verdict
from bench.model.run import MissingSample
from bench.report.documents.comparison import document
from bench.report.publish import publish_comparison
from bench.report.renderers.html import page as rendered
from bench.report.words.comparison import LABELS
from bench.stats.two_stage import change
from tests.opened import DESKTOP, LOOKS, PHONE, Opened, opening

NASTY = "<b>bold</b>"
NASTY_REASON = "</script><b onclick=alert(1)>gone</b> {{ 7 * 7 }}"
SAME = 87


@pytest.fixture(scope="module")
def compared() -> Comparison:
    """Ninety-odd cases: two slower, one faster, one noisy, one broken, one that differs, and many equivalent."""
    same = [f"fastapi_response_model_{number}" for number in range(SAME)]
    ratios = {"slow": 1.4, "slower_yet": 2.9, NASTY: 0.5}
    samples = [
        *(one for name, ratio in ratios.items() for one in measured(name, ratio, {"pilot": 12, "confirmation": 12})),
        *measured("noisy", 1.0, {"pilot": 12}, spread=0.06),
        *(one for name in same for one in measured(name, 1.0, {"pilot": 12}, spread=0.003)),
        *(counted(name, 1.2 if name == same[0] else 1.0) for name in same),
    ]
    made = comparison(*ratios, "noisy", "broken", "other", *same).model_copy(
        update={
            "samples": tuple(samples),
            "head": side("0.130.0", starlette="0.53.0"),
            "complete": True,
            "disagreements": (AnswerMismatch(case="other:one", base=f"answers {NASTY_REASON}", head="fails: no"),),
            "absences": (
                MissingSample(case="broken:one", during="timing", kind="invalid", reason=NASTY_REASON),
                MissingSample(case="sql:rows1", during="timing", kind="skipped", reason="needs asyncpg"),
            ),
        }
    )
    return made.model_copy(update={"results": analysis.results(made)})


@pytest.fixture(scope="module")
def change_file(compared: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish_comparison(compared, tmp_path_factory.mktemp("comparison"))


@pytest.fixture
def opened(browser: Browser, change_file: Path, request: pytest.FixtureRequest) -> Iterator[Opened]:
    with opening(browser, change_file, getattr(request, "param", (DESKTOP, "light"))) as found:
        yield found


@pytest.fixture
def page(opened: Opened) -> Page:
    return opened.page


def _page(found: Comparison) -> str:
    return rendered(document(found))


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")


@pytest.mark.parametrize("opened", LOOKS, indirect=True, ids=lambda look: f"{look[0][0]}px-{look[1]}")
def test_it_asks_for_nothing_and_complains_of_nothing(opened: Opened, change_file: Path) -> None:
    unfold(opened.page)
    opened.page.mouse.wheel(0, 20_000)
    assert opened.requests == [change_file.as_uri()]
    assert opened.complaints == []


@pytest.mark.parametrize("opened", [(PHONE, "light"), ((360, 640), "dark")], indirect=True)
def test_a_phone_needs_no_sideways_scroll(page: Page) -> None:
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("[...document.querySelectorAll('.forest .bar')].every(bar => bar.clientWidth > 250)")


def test_the_verdict_comes_first_and_then_what_qualifies_it(page: Page) -> None:
    verdict, moved, doubt, invalid, missed = page.locator(".verdicts li").all_inner_texts()
    assert verdict.startswith("SLOWER: 2 of 92 cases, worst slower_yet:one +1")
    assert "starlette 0.52.1 → 0.53.0" in moved
    assert doubt == "The metrics disagree on fastapi_response_model_0:one (CPU equivalent, but allocations +20.0%)."
    assert " has no valid figure: " in invalid
    assert missed.startswith("noisy:one may have changed by up to 6.5%")
    assert page.locator("h1").inner_text() == "fastapi 0.129.2 → 0.130.0"


def test_marks_lie_where_their_verdict_says_and_each_has_a_shape_of_its_own(page: Page) -> None:
    unfold(page)
    sides = """() => [...document.querySelectorAll('#changes .forest .bar')].map(bar => {
        const [mark, band] = ['.mark', '.band'].map(one => bar.querySelector(one).getBoundingClientRect());
        const middle = (mark.left + mark.right) / 2;
        return [bar.querySelector('.mark').classList[1], Math.sign((middle > band.right) - (middle < band.left))];
    })"""
    assert {tuple(side) for side in page.evaluate(sides)} == {
        ("slower", 1), ("faster", -1), ("inconclusive", 0), ("equivalent", 0),
    }  # fmt: skip
    shapes = "[...new Set([...document.querySelectorAll('.key .mark')].map(one => one.getAttribute('d')))].length"
    assert page.evaluate(shapes) == 4


def test_marks_stay_within_their_bar_and_every_bar_is_told_in_words(page: Page) -> None:
    unfold(page)
    within = """() => [...document.querySelectorAll('#changes .forest .bar')].every(bar => {
        const [box, mark] = [bar, bar.querySelector('.mark')].map(one => one.getBoundingClientRect());
        return mark.left >= box.left && mark.right <= box.right && mark.width > 4;
    })"""
    assert page.evaluate(within)
    bars = page.locator("#changes .forest .bar[role=img]")
    labels = bars.evaluate_all("bars => bars.map(bar => bar.getAttribute('aria-label'))")
    assert len(labels) == SAME + 4
    assert labels[0].startswith("slower_yet:one: slower, CPU +18")
    assert all("blocks" in label and " to " in label for label in labels)


def test_what_did_not_change_is_folded_and_one_click_away(page: Page) -> None:
    assert page.locator("#changes .forest .bar:visible").count() == 4
    page.get_by_text(f"{SAME} equivalent cases").first.click()
    assert page.locator("#changes .forest .bar:visible").count() == SAME + 4


def test_every_case_stands_in_a_table_that_sorts(page: Page) -> None:
    rows = page.locator("#cases tbody tr")
    assert rows.count() == SAME + 5
    for column, name in ((2, "CPU"), (3, "99% interval"), (5, "base µs"), (7, "allocations")):
        head = page.locator("#cases").get_by_role("button", name=name)
        values = f"rows => rows.map(row => row.cells[{column}].dataset.value).filter(Boolean).map(Number)"
        for order in (1, -1):
            head.click()
            found = rows.evaluate_all(values)
            assert len(found) >= SAME
            assert all(order * left <= order * right for left, right in pairwise(found))


def test_the_table_sorts_by_verdict_the_worst_first(page: Page) -> None:
    page.locator("#cases").get_by_role("button", name="verdict").click()
    told = page.locator("#cases tbody tr td:nth-child(2)").all_inner_texts()
    assert told[:3] == ["slower", "slower", "faster"]
    assert sorted(told[3:5]) == ["INVALID", "inconclusive"]
    assert set(told[5:]) == {"equivalent"}


def test_markup_in_names_reasons_and_answers_is_shown_as_text(opened: Opened) -> None:
    page = opened.page
    unfold(page)
    assert f"{NASTY}:one" in page.locator("#cases").inner_text()
    assert f"{NASTY}:one" in page.locator("#changes").inner_text()
    assert NASTY_REASON in page.locator("#missing").inner_text()
    assert NASTY_REASON in page.locator("#differing").inner_text()
    assert page.locator("b").count() == 0
    assert opened.complaints == []


def test_what_was_not_compared_is_named_with_its_reason(page: Page) -> None:
    missing = page.locator("#missing tbody tr").all_inner_texts()
    assert [one.split()[:2] for one in missing] == [["broken:one", "INVALID"], ["sql:rows1", "skipped"]]


def test_every_block_is_a_dot(page: Page, compared: Comparison) -> None:
    blocks = sum(sample.kind == "pair" for sample in compared.samples)
    assert page.locator(".strips circle").count() == blocks


def test_both_stacks_stand_side_by_side_with_what_differs_first(page: Page) -> None:
    setting = page.locator("#setting")
    moved = setting.locator("tr.row-strong").all_inner_texts()
    assert [one.split() for one in moved] == [["fastapi", "0.129.2", "0.130.0"], ["starlette", "0.52.1", "0.53.0"]]
    assert "0 s used of 300 s" in setting.inner_text()
    assert "from seed 7; the head came first in" in setting.inner_text()
    commands = setting.locator("pre").all_inner_texts()
    assert commands == ["bench compare fastapi==0.129.2 fastapi==0.130.0", "bench compare base.lock head.lock"]


def test_every_link_leads_somewhere_and_no_id_is_used_twice(page: Page, compared: Comparison) -> None:
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(element => element.id)")
    links = page.evaluate("[...document.querySelectorAll('a')].map(link => link.getAttribute('href'))")
    assert len(set(ids)) == len(ids)
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert "case-slower_yet-one" in ids


def test_without_scripts_it_is_all_there(browser: Browser, change_file: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(change_file.as_uri())
    assert page.locator("#changes .mark:visible").count() > 4
    assert page.locator("#cases tbody tr").count() == SAME + 5
    context.close()


def test_a_served_comparison_is_told_by_the_cpu_of_its_server() -> None:
    metrics: tuple[Metric, ...] = ("server_cpu_us", *LATENCIES)
    results = tuple(reported("a:one", metric, 0.03, change([-0.2, -0.21, -0.22]), Verdict.FASTER) for metric in metrics)
    blocks = tuple(served(number, 0.8) for number in range(3))
    text = _page(comparison("a").model_copy(update={"samples": blocks, "gate": "server_cpu_us", "results": results}))
    assert "Server CPU time of one request under load, head compared with base" in text
    assert "one launch of a server on each stack, loaded by the same client one after the other." in text
    assert all(f">{LABELS[name]}</button>" in text for name in LATENCIES)
    assert text.count("<circle") == 3
    windows = tuple(measured("a", 0.8, {"pilot": 3}))
    asked = _page(comparison("a").model_copy(update={"samples": windows, "gate": "server_cpu_us", "results": results}))
    assert "One client asks them in short windows that alternate. It gives one ratio, head over base." in asked


def test_runs_that_were_measured_apart_say_so_and_have_no_blocks() -> None:
    text = _page(runs_compared(synthetic_run(1), synthetic_run(2)))
    assert "The two sides were measured separately, each as a run of its own" in text
    assert "Allocations of one request, head compared with base. The mark is the change. Within the grey band" in text
    assert 'id="blocks"' not in text
    assert ">launches</button>" in text


def test_what_another_host_makes_incomparable_is_said_and_counts_decide() -> None:
    base = synthetic_run(1)
    elsewhere = base.host.model_copy(update={"fingerprint": "another", "cpu_model": "Other CPU"})
    text = _page(runs_compared(base.model_copy(update={"host": elsewhere}), synthetic_run(2)))
    assert "measured on another host (Other CPU" in text
    assert "incomparable" in text


def _of_a_start(metric: Metric) -> bool:
    return metric.endswith(("_cpu_ms", "_mb"))


def test_whatever_metric_a_case_has_is_shown_beside_the_one_that_decides(compared: Comparison) -> None:
    first = compared.results[0]
    of_requests = [metric for metric in LABELS if metric not in ("cpu_us", "allocs") and not _of_a_start(metric)]
    others = [first.model_copy(update={"metric": metric}) for metric in of_requests]
    text = _page(compared.model_copy(update={"results": (*compared.results, *others)}))
    assert all(f">{LABELS[one.metric]}</button>" in text for one in others)


def test_a_page_of_nothing_and_one_of_the_same_stack_twice_say_so(compared: Comparison) -> None:
    nothing = _page(comparison("a"))
    assert "Nothing could be compared." in nothing
    assert "Interrupted:" in nothing
    assert 'id="changes"' not in nothing
    again = _page(compared.model_copy(update={"head": compared.base}))
    assert "fastapi 0.129.2 on both sides" in again
    assert "Every package has the same version on both sides." in again


def test_a_comparison_of_nearly_a_hundred_cases_stays_below_a_megabyte(change_file: Path) -> None:
    assert change_file.stat().st_size < 1_000_000


def test_the_exports_lie_beside_the_page(change_file: Path) -> None:
    assert (change_file.parent / "exports" / "comment.md").read_text().startswith("**SLOWER")


@pytest.mark.slow
def test_500_routes_that_did_not_change_stand_behind_a_click_and_each_can_be_looked_up(
    browser: Browser, tmp_path: Path
) -> None:
    names = [f"route{number}" for number in range(500)]
    samples = [one for name in names for one in measured(name, 1.0, {"pilot": 6}, spread=0.003)]
    found = comparison(*names).model_copy(update={"samples": tuple(samples), "complete": True})
    found = found.model_copy(update={"results": analysis.results(found)})
    with opening(browser, publish_comparison(found, tmp_path), (DESKTOP, "light")) as opened:
        folds = opened.page.locator("#changes details, #blocks details")
        assert [one.split()[0] for one in folds.locator("summary").all_inner_texts()] == ["500", "500"]
        assert opened.page.locator("#changes .bar:visible").count() == 0
        assert opened.page.locator("#cases tbody tr").count() == 500
        assert opened.complaints == []


def test_each_case_is_drawn_and_listed_with_its_own_margin_where_it_has_one(browser: Browser, tmp_path: Path) -> None:
    samples = [one for name in ("own", "usual") for one in measured(name, 1.06, {"pilot": 12, "confirmation": 12})]
    found = comparison("own", "usual").model_copy(update={"samples": tuple(samples), "complete": True})
    own, usual = found.cases
    found = found.model_copy(update={"cases": (own.model_copy(update={"margin": 0.1}), usual)})
    found = found.model_copy(update={"results": analysis.results(found)})
    with opening(browser, publish_comparison(found, tmp_path), (DESKTOP, "light")) as opened:
        bands = opened.page.locator("#changes li .band").evaluate_all("all => all.map(one => one.getBBox().width)")
        text = opened.page.locator("#cases").inner_text()
    assert len(bands) == 2
    assert bands[1] > 1.5 * bands[0]  # the slower one stands first
    assert "10.0%" in text
    assert "3.0%" in text
