"""Everything that the folder of a run or a comparison holds beside its data: the page and the exports."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench import store
from bench.difference import Difference
from bench.flames import Flames
from bench.heap import Heaps
from bench.pairs import Comparison
from bench.report import (
    change_exports,
    change_html,
    difference_exports,
    difference_html,
    exports,
    heap_html,
    html,
    sweep_chart,
    sweep_exports,
    sweep_html,
)
from bench.report.heap import of
from bench.report.sweep import Swept
from bench.samples import Run

FLAMES_PAGE = Path("flames", "flame.html")
"""Where a comparison's folder has the flame graphs of what changed."""


def publish(run: Run, folder: Path) -> Path:
    """Write the page and the exports of a run that lies in `folder`; the page's path. Raises StoreError."""
    profiles = store.load_profiles(run, folder)
    exports.write(run, profiles, folder / "exports")
    page = folder / "report.html"
    store.write_atomically(page, html.render(run, profiles))
    return page


def publish_comparison(comparison: Comparison, folder: Path) -> Path:
    """Write the page and the exports of a comparison that lies in `folder`; the page's path. Raises StoreError."""
    change_exports.write(comparison, folder / "exports")
    page = folder / "comparison.html"
    flames = FLAMES_PAGE if (folder / FLAMES_PAGE).exists() else None
    store.write_atomically(page, change_html.render(comparison, str(flames) if flames else None))
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


def publish_sweep(found: Swept, folder: Path) -> Path:
    """Write the page, picture and exports of a sweep that lies in `folder`; the page's path. Raises StoreError."""
    store.write_atomically(folder / "exports" / "sweep.json", sweep_exports.json_text(found))
    if picture := sweep_chart.alone(found):
        store.write_atomically(folder / "sweep.svg", picture)
    page = folder / "sweep.html"
    store.write_atomically(page, sweep_html.render(found))
    return page
