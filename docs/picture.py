"""Takes a picture of a page for the README: `python docs/picture.py PAGE.html PICTURE.png [ANCHOR]` (see `make docs`).

With an anchor it begins at that part of the page.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from bench.host.state import installed

WIDTH, HEIGHT = 1120, 1000


def main(page_file: Path, picture: Path, anchor: str = "") -> None:
    chromium = installed("chromium")
    if chromium is None:
        sys.exit("no Chromium on PATH; install one to take the picture")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=1.5)
        page.goto(page_file.resolve().as_uri() + (f"#{anchor}" if anchor else ""))
        page.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
