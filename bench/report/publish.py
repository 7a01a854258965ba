"""Everything that a run's folder holds beside its data: the page and the exports."""

from __future__ import annotations

from pathlib import Path

from bench import store
from bench.report import exports, html
from bench.samples import Run


def publish(run: Run, folder: Path) -> Path:
    """Write the page and the exports of a run that lies in `folder`; the page's path. Raises StoreError."""
    profiles = store.load_profiles(run, folder)
    exports.write(run, profiles, folder / "exports")
    page = folder / "report.html"
    store.write_atomically(page, html.render(run, profiles))
    return page
