"""What the report's tests share: a synthetic run, its page, a browser, and golden files."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from bench.host.state import installed
from bench.model.run import Run
from bench.report.document import Document
from bench.report.documents import run as documents_run
from bench.report.renderers.html import page
from tests.factories import synthetic_run
from tests.folded import synthetic_profiles

GOLDEN = Path(__file__).parent / "golden"
REFRESH = "REFRESH_GOLDEN"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def run() -> Run:
    return synthetic_run()


@pytest.fixture(scope="session")
def profiles(run: Run) -> dict[str, str]:
    return synthetic_profiles(run)


@pytest.fixture(scope="session")
def document(run: Run, profiles: dict[str, str]) -> Document:
    return documents_run.document(run, profiles)


@pytest.fixture(scope="session")
def html(document: Document) -> str:
    return page(document)


@pytest.fixture(scope="session")
def page_file(html: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(html, "utf-8")
    return file


@pytest.fixture(scope="session")
def chromium() -> Iterator[tuple[Browser, asyncio.AbstractEventLoop]]:
    """A real Chromium, from PATH: Playwright's own download isn't needed; and the loop that Playwright runs.

    While Playwright is up, this thread has a running event loop, which is hidden from the other tests.
    """
    executable = installed("chromium")
    if executable is None:
        pytest.skip("no Chromium on PATH: the report can't be opened in a browser")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        loop = asyncio.get_running_loop()
        asyncio._set_running_loop(None)
        yield launched, loop
        asyncio._set_running_loop(loop)
        launched.close()


@pytest.fixture
def browser(chromium: tuple[Browser, asyncio.AbstractEventLoop]) -> Iterator[Browser]:
    """The same for all tests of the session: to start one takes longer than most of them."""
    launched, loop = chromium
    asyncio._set_running_loop(loop)
    yield launched
    asyncio._set_running_loop(None)


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compare a text with the golden file of that name; `REFRESH_GOLDEN=1 make test ARGS=tests/report` writes it anew.

    Look at the difference before you commit it.
    """

    def compare(name: str, text: str) -> None:
        file = GOLDEN / name
        if os.environ.get(REFRESH):
            file.write_text(text, "utf-8")
        assert text == file.read_text("utf-8")

    return compare
