"""What holds more memory on one of two stacks: in words, on a terminal, for other tools, and in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from bench.model.diff import HeapDiff
from bench.profiles.folded import Stack
from bench.report.documents import profile_diff
from bench.report.publish import publish_heap_pairs
from bench.report.words.diff_case import DiffNarrative, between, of_memory
from bench.report.words.diff_kinds import MEMORY
from bench.store.diffs import heap_differences
from tests.opened import DESKTOP, PHONE, Opened, opening
from tests.profile_runs import APP, FRESH, GONE, NASTY, RUN, heap_pair, heap_pairs, write_heap_pairs
from tests.widths import assert_whole, printed


def line(stack: Stack, number: int) -> Stack:
    return (*stack, f"{stack[-1]}:{number}")


BASE = {
    line((RUN,), 10): 3_000,
    line((RUN, GONE), 5): 20_000,
    line((RUN, GONE, APP), 231): 100_000,
    line((RUN, GONE, APP, NASTY), 42): 900_000,
}
HEAD = {
    line((RUN,), 10): 3_000,
    line((RUN, APP), 245): 130_000,
    line((RUN, APP, FRESH), 12): 250_000,
    line((RUN, APP, NASTY), 42): 900_000,
}


@pytest.fixture
def pairs(tmp_path: Path) -> HeapDiff:
    found = heap_pairs([heap_pair(launch, {"fastapi": 100}, {"fastapi": 108, "json": 1}) for launch in range(3)])
    write_heap_pairs(tmp_path, found, BASE, HEAD)
    return found


@pytest.fixture
def told(pairs: HeapDiff, tmp_path: Path) -> DiffNarrative:
    (one,) = of_memory(heap_differences(pairs, tmp_path))
    return one


def test_the_sentences_name_what_holds_more_and_where(told: DiffNarrative) -> None:
    whole, there, counted = told.sentences
    assert whole == "The memory peak of one request of `a:b` changed by +260.0 ± 0.0 kB (1,023 before, 1,283 after)."
    assert there == (
        f"`{APP}` changed most: +280.0 ± 0.0 kB, 250.0 of it in called functions that only the head has, e.g. "
        f"`{FRESH}`; mostly at line 12 of `{FRESH}`."
    )
    assert counted == "A request makes 109 allocations (+9) of 5,450 B (+450), identical in every launch."


@pytest.mark.parametrize(
    ("base", "head", "said"),
    [
        ("m:f:3", "m:f:9", "3 → 9"),
        ("m:f:3", "m:f:3", "3"),
        ("", "m:f:9", "9"),
        ("csv:w:1", "m:f:9", "csv:w:1 → 9"),
        ("", "", ""),
    ],
)
def test_lines_of_the_function_itself_go_by_their_numbers(base: str, head: str, said: str) -> None:
    assert between("m:f", base, head) == said


def test_it_reads_well_on_a_terminal(pairs: HeapDiff, told: DiffNarrative, golden: Callable[[str, str], None]) -> None:
    said = profile_diff.document(pairs, [told], MEMORY)
    golden("memory-difference.txt", printed(said, 100))
    assert_whole(said)


def test_other_tools_get_bytes_by_function(pairs: HeapDiff, tmp_path: Path) -> None:
    publish_heap_pairs(pairs, tmp_path)
    columns = (tmp_path / "exports" / "a-b.difference.folded").read_text().splitlines()
    assert f"{RUN};{APP};{FRESH}_[new] 0 250000" in columns
    assert f"{RUN};{GONE}_[removed] 20000 0" in columns
    sums = [sum(int(row.rsplit(" ", 2)[side]) for row in columns) for side in (1, 2)]
    assert sums == [sum(BASE.values()), sum(HEAD.values())]
    shown = json.loads((tmp_path / "exports" / "a-b.head.speedscope.json").read_text())
    assert shown["profiles"][0]["unit"] == "bytes"
    assert shown["profiles"][0]["endValue"] == sum(HEAD.values())


@pytest.fixture
def opened(browser: Browser, pairs: HeapDiff, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Opened]:
    _, file = publish_heap_pairs(pairs, tmp_path)
    assert file is not None
    with opening(browser, file, (getattr(request, "param", DESKTOP), "light")) as there:
        there.page.wait_for_selector("svg.flame")
        yield there
        assert there.requests == [file.as_uri()]
        assert there.complaints == []


@pytest.fixture
def page(opened: Opened) -> Page:
    return opened.page


def test_the_page_says_kilobytes_before_after_and_more(page: Page) -> None:
    page.locator("svg.flame g.same").first.hover()
    detail = page.locator(".flame-detail").inner_text().replace("\xa0", " ")
    assert re.search(r"all \(driver\): 1,020 before, 1,280 after, \+260 kB held at the peak", detail)
    more = page.locator("svg.flame g.more-3")
    assert more.evaluate_all("groups => groups.map(group => group.node.label)") == [f"+280 {APP}"]
    assert page.locator("svg.flame g.new").count() == 1
    assert "more by 5% of the peak or more" in page.locator(".legend[data-of=two]").inner_text()
    assert "µs" not in page.locator("main").inner_text()
    page.select_option("#flame-view", "removed")
    assert page.locator("svg.flame g.removed").count() == 1


def test_the_tables_name_lines_and_count_by_layer(page: Page) -> None:
    first, *_ = page.locator(".profile table").first.locator("tbody th").all_inner_texts()
    assert first == f"{APP} line 231 → 245"
    rows = [
        row.split("\t")
        for row in page.locator(".profile table", has_text="Allocations of one").locator("tbody tr").all_inner_texts()
    ]
    assert rows == [
        ["fastapi", "100", "108", "+8", "5,000", "5,400", "+400"],
        ["json", "0", "1", "+1", "0", "50", "+50"],
        ["total", "100", "109", "+9", "5,000", "5,450", "+450"],
    ]


def test_markup_in_a_function_is_shown_as_text(page: Page) -> None:
    assert NASTY in page.locator(".profile table").first.inner_text()
    assert page.locator("b").count() == 0


@pytest.mark.parametrize("opened", [PHONE], indirect=True)
def test_a_phone_needs_no_sideways_scroll(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
