"""Tables of any page: they sort by what they hold, and leave as Markdown, with a clipboard or without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.opened import DESKTOP, opening

KEEP = """
  window.copied = [];
  Object.defineProperty(navigator, "clipboard", {value: {writeText: async text => { window.copied.push(text); }}});
"""
WITHOUT = """
  Object.defineProperty(navigator, "clipboard", {value: undefined});
  window.copied = [];
  document.execCommand = () => { window.copied.push(document.activeElement.value); return true; };
  null;
"""


@pytest.fixture
def page(browser: Browser, page_file: Path) -> Iterator[Page]:
    with opening(browser, page_file, (DESKTOP, "light")) as opened:
        yield opened.page
        assert opened.complaints == []


def copied(page: Page, name: str) -> str:
    page.get_by_role("button", name=name).first.click()
    page.wait_for_function("document.getElementById('said').textContent === 'Copied'")
    (text,) = page.evaluate("window.copied")
    return str(text)


def test_every_table_sorts_and_every_table_can_be_copied(page: Page) -> None:
    assert page.locator("main table").count() == page.locator("main table.sortable").count() >= 10
    assert page.locator("main table").count() + 1 == page.locator("button.copy").count()


def test_every_column_sorts_either_way_and_holes_stay_at_the_end(page: Page) -> None:
    page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
    wrong = page.evaluate("""() => [...document.querySelectorAll("main table.sortable")].flatMap(table =>
      [...table.tHead.rows[0].cells].filter(head => !head.classList.contains("word")).flatMap(head =>
        ["ascending", "descending"].flatMap(order => {
          head.querySelector("button").click();
          const cells = [...table.tBodies[0].rows].map(row => row.cells[head.cellIndex]);
          const told = cells.map(cell => cell ? (cell.dataset.value ?? cell.textContent.trim()) : "");
          const values = told.map(text => text === "" ? NaN : Number(text.replace(/,/g, "")));
          const known = values.filter(value => !Number.isNaN(value));
          const sorted = known.toSorted((a, b) => order === "ascending" ? a - b : b - a);
          const right = head.getAttribute("aria-sort") === order &&
            known.every((value, index) => value === sorted[index] && value === values[index]);
          return right ? [] : [`${head.textContent} ${order}: ${told}`];
        })))""")
    assert wrong == []


def test_a_column_sorts_from_the_keyboard(page: Page) -> None:
    table = page.locator("#cases table").first
    table.get_by_role("button", name="case").focus()
    page.keyboard.press("Enter")
    assert table.locator("th[aria-sort=ascending]").inner_text() == "case"
    names = table.locator("tbody th").all_inner_texts()
    assert names.index("fastapi_dict:rows100") < names.index("fastapi_dict:rows1000")
    page.keyboard.press("Space")
    assert table.locator("tbody th").all_inner_texts() == names[::-1]


@pytest.mark.parametrize("clipboard", [KEEP, WITHOUT], ids=["clipboard", "no clipboard"])
def test_a_table_is_copied_as_markdown(browser: Browser, page_file: Path, clipboard: str) -> None:
    with opening(browser, page_file, (DESKTOP, "light")) as opened:
        opened.page.evaluate(clipboard)
        text = copied(opened.page, "Copy as Markdown: Do the layers add up?")
        caption, empty, heads, rule, first, *_ = text.splitlines()
        assert caption.startswith("The sum of a case's layers")
        assert empty == ""
        assert heads == "| case | layers | sum µs | end to end µs | residual µs | residual |"
        assert rule == "| :-- | --: | --: | --: | --: | --: |"
        assert first.startswith("| `starlette_plain:plain` | 2 | 12")
        assert opened.page.locator("button.copy", has_text="Copied").evaluate("one => one === document.activeElement")


def test_the_verdicts_are_copied_as_a_list(page: Page) -> None:
    page.evaluate(KEEP)
    text = copied(page, "Copy as Markdown: FastAPI 0.165.0 on Python 3.11.9")
    lines = text.splitlines()
    assert len(lines) == page.locator(".verdicts li").count()
    assert lines[0].startswith("- A `rows100` request to `fastapi_response_model` costs ")


def test_what_looks_like_markup_leaves_as_text(page: Page) -> None:
    page.evaluate(KEEP)
    cell = "document.querySelector('#chains ~ .scroll tbody td')"
    page.evaluate(f"{cell}.textContent = 'a|b *c* <b>`d`[e]'")
    assert r"| a\|b \*c\* \<b>\`d\`\[e\] |" in copied(page, "Copy as Markdown: Do the layers add up?")
