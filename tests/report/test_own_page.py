"""pyinstrument's own page in a real browser: it draws, and asks nobody for anything."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import Browser
from pyinstrument import Profiler

from bench.agent.profiles.pyinstrument_files import PAGE, kept
from tests.opened import DESKTOP, opening


def test_it_is_drawn_with_no_request_and_no_complaint(browser: Browser, tmp_path: Path) -> None:
    with Profiler(interval=0.001, async_mode="disabled") as profiler:
        for _ in range(40):
            json.dumps(list(range(20_000)), indent=1)
    assert profiler.last_session is not None
    file = tmp_path / f"own{PAGE}"
    file.write_text(kept(profiler.last_session, "fine:one, in process")[PAGE], "utf-8")
    with opening(browser, file, (DESKTOP, "light")) as found:
        found.page.wait_for_selector("text=test_it_is_drawn")
        found.page.wait_for_timeout(300)
        assert [url for url in found.requests if not url.startswith("data:")] == [file.as_uri()]
        assert found.complaints == []
        assert re.search(r"fine:one, in process", found.page.inner_text("body"))
