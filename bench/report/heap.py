"""A case's heap in words and as what the page's script draws."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import store
from bench.frames import LAYERS, stacks
from bench.heap import BLOCKS, HeapSample, Line, grown, leaks, lines
from bench.report.flame import tree
from bench.report.palette import layer_class
from bench.wording import number, share, size

SHOWN = 12


@dataclass(frozen=True)
class Heap:
    """One case: the lines that hold its peak, and those that allocated what stayed."""

    sample: HeapSample
    folded: str
    held: tuple[Line, ...]
    kept: tuple[Line, ...]

    @property
    def sentences(self) -> list[str]:
        return [self._peak(), *([growth] if (growth := self._growth()) else [])]

    @property
    def shares(self) -> list[tuple[str, str]]:
        """Layers by what they hold of the peak, for a legend."""
        by = Counter[str]()
        for line in self.held:
            by[line.layer] += line.size
        whole = self.sample.peak_bytes or 1
        return [(f"{layer} {share(held / whole)}", layer_class(layer)) for layer, held in by.most_common()]

    @property
    def allocations(self) -> list[tuple[str, float, float]]:
        """Layer, allocations and bytes of one request, the most first."""
        counts, sizes = self.sample.allocs or {}, self.sample.alloc_bytes or {}
        return sorted(((layer, counts[layer], sizes[layer]) for layer in counts), key=lambda row: -row[1])

    def _peak(self) -> str:
        sample = self.sample
        said = f"At its highest, one request of `{sample.case}` holds {size(sample.peak_bytes)}"
        if not self.held or not sample.peak_bytes:
            return f"{said}."
        first = self.held[0]
        return f"{said}, {share(first.size / sample.peak_bytes)} of it allocated at {_line(first)}."

    def _growth(self) -> str:
        found, sample = grown(self.sample), self.sample
        if found is None:
            return "Whether memory stays behind wasn't looked at: its answers are too large to be asked for so often."
        interval = f"{number(found.low or 0, 0)} to {number(found.high or 0, 0)} B a request"
        asked = f"{BLOCKS} blocks of {sample.block_requests} requests"
        if not leaks(sample):
            return f"Its memory doesn't grow with its requests (95% interval {interval}, {asked})."
        said = f"It grows: {number(found.mean, 0)} B stay behind with each request (95% interval {interval}, {asked})"
        return f"{said}, most of it allocated at {_line(self.kept[0])}." if self.kept else f"{said}."


def of(sample: HeapSample, folder: Path) -> Heap:
    """Raises StoreError, and ValueError for stacks that can't be read."""
    folded = store.folded(folder, sample.peak_file)
    kept = lines(store.folded(folder, sample.kept_file)) if sample.kept_file and leaks(sample) else []
    return Heap(sample, folded, tuple(lines(folded)), tuple(kept))


def payload(heap: Heap) -> dict[str, Any]:
    """What the page's script draws, in kB held at the peak."""
    frames: dict[str, int] = {}
    nodes = [
        [depth, frames.setdefault(node.frame, len(frames)), LAYERS.index(node.layer), node.total_us]
        for depth, node in tree(stacks(heap.folded)).walk()
    ]
    return {
        "scale": 1000,
        "unit": "kB held at the peak",
        "whole": "peak",
        "trees": {"peak": nodes},
        "views": [["peak", "peak", ""]],
        "frames": list(frames),
        "layers": LAYERS,
    }


def _line(line: Line) -> str:
    through = "" if line.by_itself else f", called by `{line.caller}`"
    return f"`{line.name}` ({line.layer}{through})"
