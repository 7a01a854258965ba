"""A page in a real browser, as a reader's window shows it, and what it did that it shouldn't have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Dialog, Page, ViewportSize

Look = tuple[tuple[int, int], Literal["light", "dark"]]
DESKTOP, PHONE = (1440, 900), (390, 844)
# Each width and each colour; how they meet otherwise takes longer than it tells.
LOOKS: list[Any] = [
    (DESKTOP, "light"),
    (PHONE, "dark"),
    *(pytest.param(look, marks=pytest.mark.slow) for look in ((DESKTOP, "dark"), (PHONE, "light"))),
]


class Opened:
    """A page, and what it did that it shouldn't have."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.context.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", self._refuse)

    def _refuse(self, dialog: Dialog) -> None:
        self.complaints.append(dialog.message)
        dialog.dismiss()


@contextmanager
def opening(browser: Browser, file: Path, look: Look) -> Iterator[Opened]:
    viewport = ViewportSize(width=look[0][0], height=look[0][1])
    context = browser.new_context(viewport=viewport, color_scheme=look[1], reduced_motion="reduce")
    found = Opened(context.new_page())
    found.page.goto(file.as_uri())
    yield found
    context.close()
