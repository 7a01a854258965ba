"""A case's heap in words and as what the page's script draws."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import store
from bench.frames import LAYERS, Stack
from bench.heap import BLOCKS, LEAST_SERVED, HeapSample, Line, grown, lines, served_grown
from bench.report.flame import tree
from bench.report.palette import layer_class
from bench.statistics import Estimate
from bench.wording import number, share, size

SHOWN = 12


@dataclass(frozen=True)
class Heap:
    """One case: the lines that hold its peak, and those that allocated what stayed."""

    sample: HeapSample
    peak: dict[Stack, int]
    held: tuple[Line, ...]
    kept: tuple[Line, ...]

    @property
    def sentences(self) -> list[str]:
        return [self._peak(), self._growth(), *([self._served()] if self.sample.served else [])]

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
        over = f"{_interval(found.each)} of {BLOCKS} blocks of {sample.block_requests} requests"
        if not found.leaks:
            return f"In process its live memory doesn't grow with its requests ({over})."
        said = f"It grows: in process {number(found.each.mean, 0)} B stay behind with each request ({over})"
        return f"{said}, most of it allocated at {_line(self.kept[0])}." if self.kept else f"{said}."

    def _served(self) -> str:
        found, launches = served_grown(self.sample), self.sample.served
        if found is None:
            return (
                f"Served under load it answered fewer than {LEAST_SERVED:,} requests, which say nothing of its memory."
            )
        fewest = min(one.requests[-1] - one.requests[0] for one in launches)
        over = f"{_interval(found.each)} of {BLOCKS} blocks, {fewest:,} requests or more"
        if not found.leaks:
            return f"Served under load, the resident memory of its process doesn't grow with its requests ({over})."
        return (
            f"It grows: served under load, its process keeps {number(found.each.mean, 0)} B of each request ({over})."
        )


def of(sample: HeapSample, folder: Path) -> Heap:
    """Raises StoreError."""
    peak = store.stacks(folder, sample.peak_file)
    leaks = (growth := grown(sample)) is not None and growth.leaks
    kept = store.stacks(folder, sample.kept_file) if sample.kept_file and leaks else {}
    return Heap(sample, peak, tuple(lines(peak.items())), tuple(lines(kept.items())))


def payload(heap: Heap) -> dict[str, Any]:
    """What the page's script draws, in kB held at the peak."""
    frames: dict[str, int] = {}
    nodes = [
        [depth, frames.setdefault(node.frame, len(frames)), LAYERS.index(node.layer), node.total]
        for depth, node in tree(heap.peak.items()).walk()
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


def _interval(each: Estimate) -> str:
    """`95% interval 1,010 to 1,034 B a request, 3 launches`."""
    if each.low is None or each.high is None:
        return "no interval, one launch"
    return f"95% interval {number(each.low, 0)} to {number(each.high, 0)} B a request, {each.n} launches"


def _line(line: Line) -> str:
    through = "" if line.by_itself else f", called by `{line.caller}`"
    return f"`{line.name}` ({line.layer}{through})"
