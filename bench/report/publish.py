"""Everything that the folder of a run or a comparison holds beside its data: the page and the exports."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench import store
from bench.flames import Flames, differences
from bench.heap import Heaps
from bench.heap_pairs import HeapPairs
from bench.heap_pairs import differences as heap_differences
from bench.pairs import Comparison
from bench.report import (
    change_exports,
    difference_exports,
    exports,
    sweep_chart,
    sweep_exports,
)
from bench.report.difference_told import Told, of_memory, of_time
from bench.report.difference_words import MEMORY, TIME, Words
from bench.report.document import Document
from bench.report.documents import comparison as comparison_document
from bench.report.documents import heap as heap_document
from bench.report.documents import index as index_document
from bench.report.documents import profile_diff
from bench.report.documents import run as run_document
from bench.report.documents import sweep as sweep_document
from bench.report.heap import of
from bench.report.renderers.html import page as html_page
from bench.report.sweep import Swept
from bench.samples import Run
from bench.two_stacks import TwoStacks

FLAMES_PAGE = Path("flames", "flame.html")
"""Where a comparison's folder has the flame graphs of what changed."""


def publish(run: Run, folder: Path) -> tuple[Document, Path]:
    """Write the page and the exports of a run that lies in `folder`; what the page says, and its path. Raises
    StoreError."""
    profiles = store.load_profiles(run, folder)
    exports.write(run, profiles, folder / "exports")
    document = run_document.document(run, profiles)
    page = folder / "report.html"
    store.write_atomically(page, html_page(document))
    return document, page


def publish_comparison(comparison: Comparison, folder: Path, profiled: Sequence[Told] = ()) -> Path:
    """Write the page and the exports of a comparison that lies in `folder`; the page's path. `profiled` is what
    profiles say of its largest changes. Raises StoreError."""
    change_exports.write(comparison, folder / "exports")
    page = folder / "comparison.html"
    flames = FLAMES_PAGE if (folder / FLAMES_PAGE).exists() else None
    said = profile_diff.culprits(profiled)
    found = comparison_document.document(comparison, str(flames) if flames else None, said)
    store.write_atomically(page, html_page(found))
    return page


def publish_flames(flames: Flames, folder: Path) -> tuple[list[Told], Path | None]:
    """What two stacks' profiles in `folder` say, and the page of it, with its exports; None where nothing was
    profiled. Raises StoreError."""
    told = of_time(flames, differences(flames, folder))
    return told, _publish_difference(flames, told, TIME, folder / FLAMES_PAGE.name)


def publish_heap_pairs(pairs: HeapPairs, folder: Path) -> tuple[list[Told], Path | None]:
    """The same of two stacks' heaps. Raises StoreError."""
    told = of_memory(heap_differences(pairs, folder))
    return told, _publish_difference(pairs, told, MEMORY, folder / "memory.html")


def publish_heaps(heaps: Heaps, folder: Path) -> tuple[Document, Path]:
    """What heaps say whose stacks lie in `folder`, and the page of it. Raises StoreError."""
    said = heap_document.document(heaps, [of(sample, folder) for sample in heaps.samples])
    page = folder / "memory.html"
    store.write_atomically(page, html_page(said))
    return said, page


def publish_sweep(found: Swept, folder: Path) -> Path:
    """Write the page, picture and exports of a sweep that lies in `folder`; the page's path. Raises StoreError."""
    store.write_atomically(folder / "exports" / "sweep.json", sweep_exports.json_text(found))
    if picture := sweep_chart.alone(found):
        store.write_atomically(folder / "sweep.svg", picture)
    page = folder / "sweep.html"
    store.write_atomically(page, html_page(sweep_document.document(found)))
    return page


def publish_index(results: Path, runs: Path, comparisons: Path, sweeps: Path, inside: Sequence[Path] = ()) -> Path:
    """Write `results`/index.html of what lies in these folders below it; its path. Raises StoreError."""
    page = results / "index.html"
    store.write_atomically(page, html_page(index_document.document(results, runs, comparisons, sweeps, inside)))
    return page


def _publish_difference(seen: TwoStacks, told: Sequence[Told], words: Words, page: Path) -> Path | None:
    if not told:
        return None
    difference_exports.write(seen, [one.found for one in told], words, page.parent / "exports")
    store.write_atomically(page, html_page(profile_diff.document(seen, told, words)))
    return page
