"""The flame graph of a heap: its boxes, as the page draws them."""

from __future__ import annotations

from typing import Any

from bench.profiles.call_tree import tree
from bench.report.figures.flame_graph import encoded, one_side
from bench.report.words.heap import Heap


def payload(heap: Heap) -> dict[str, Any]:
    """The flame graph of a peak, in kB."""
    return encoded(
        {"peak": one_side(tree(heap.peak.items()))},
        [("peak", "peak", "")],
        scale=1000,
        unit="kB held at the peak",
        whole="peak",
    )
