"""What requests hold and keep, as one page: the memory graph, the lines, allocations by layer."""

from __future__ import annotations

from collections.abc import Sequence

from bench.heap import Heaps
from bench.report import page
from bench.report.heap import SHOWN, Heap, payload

_SECTIONS = {"flames": ("heap_flames.html", "What holds memory")}
_ASSETS = ("page.css", "page.js", "flame.js")


def render(heaps: Heaps, found: Sequence[Heap]) -> str:
    """The page of a run's heaps."""
    versions = heaps.stack.packages
    fastapi = f"FastAPI {versions['fastapi']}" if "fastapi" in versions else "A stack"
    return page.render(
        "heap.html",
        _ASSETS,
        _SECTIONS,
        {
            "heaps": heaps,
            "harness_version": heaps.harness_version,
            "title": f"Memory of {fastapi} on Python {heaps.stack.python}",
            "verdicts": found[0].sentences if len(found) == 1 else [" ".join(one.sentences) for one in found],
            "found": [(one, payload(one)) for one in found],
            "most": SHOWN,
        },
    )
