"""Everything that a run's folder holds beside its data: the page and the exports."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench import store
from bench.difference import Difference
from bench.flames import Flames
from bench.heap import Heaps
from bench.report import difference_exports, difference_html, exports, heap_html, html
from bench.report.heap import of
from bench.samples import Run


def publish(run: Run, folder: Path) -> Path:
    """Write the page and the exports of a run that lies in `folder`; the page's path. Raises StoreError."""
    profiles = store.load_profiles(run, folder)
    exports.write(run, profiles, folder / "exports")
    page = folder / "report.html"
    store.write_atomically(page, html.render(run, profiles))
    return page


def publish_flames(flames: Flames, found: Sequence[Difference], folder: Path) -> Path:
    """Write the page and the exports of two stacks' profiles in `folder`; the page's path. Raises StoreError."""
    difference_exports.write(flames, found, folder / "exports")
    page = folder / "flame.html"
    store.write_atomically(page, difference_html.render(flames, found))
    return page


def publish_heaps(heaps: Heaps, folder: Path) -> Path:
    """Write the page of heaps whose stacks lie in `folder`; its path. Raises StoreError."""
    page = folder / "memory.html"
    store.write_atomically(page, heap_html.render(heaps, [of(sample, folder) for sample in heaps.samples]))
    return page
