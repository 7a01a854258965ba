"""Sentences of a heap."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bench.analysis.run.heap import BLOCKS, LEAST_SERVED, AllocationLine, grown, lines, served_grown
from bench.model.heap import HeapSample
from bench.profiles.folded import Stack
from bench.stats.intervals import Estimate
from bench.store.stacks import stacks
from bench.text.numbers import number, share, size


@dataclass(frozen=True)
class Heap:
    """One case: the lines that hold its peak, and those that allocated what stayed."""

    sample: HeapSample
    peak: dict[Stack, int]
    held: tuple[AllocationLine, ...]
    kept: tuple[AllocationLine, ...]

    @property
    def sentences(self) -> list[str]:
        return [self._peak(), self._growth(), *([self._served()] if self.sample.served else [])]

    @property
    def shares(self) -> list[tuple[str, float]]:
        """Layers with their share of the peak, the largest first."""
        by = Counter[str]()
        for line in self.held:
            by[line.layer] += line.size
        return [(layer, held / (self.sample.peak_bytes or 1)) for layer, held in by.most_common()]

    @property
    def allocations(self) -> list[tuple[str, float, float]]:
        """Layer, allocations and bytes of one request, the most first."""
        counts, sizes = self.sample.allocs or {}, self.sample.alloc_bytes or {}
        return sorted(((layer, counts[layer], sizes[layer]) for layer in counts), key=lambda row: -row[1])

    def _peak(self) -> str:
        sample = self.sample
        said = f"One request of `{sample.case}` holds {size(sample.peak_bytes)} at its peak"
        if not self.held or not sample.peak_bytes:
            return f"{said}."
        first = self.held[0]
        return f"{said}; {share(first.size / sample.peak_bytes)} of it was allocated at {_line(first)}."

    def _growth(self) -> str:
        found, sample = grown(self.sample), self.sample
        if found is None:
            return "Memory growth was not measured: the answers are too large or too slow to repeat them often enough."
        over = f"{_interval(found.each)} of {BLOCKS} blocks of {_requests(sample.block_requests or 0)}"
        if not found.leaks:
            return f"In process, live memory does not grow with the number of requests ({over})."
        said = f"Memory grows: in process, {number(found.each.mean, 0)} B remain after each request ({over})"
        return f"{said}, mostly allocated at {_line(self.kept[0])}." if self.kept else f"{said}."

    def _served(self) -> str:
        found, launches = served_grown(self.sample), self.sample.served
        if found is None:
            return (
                f"Served under load, the process answered fewer than {LEAST_SERVED:,} requests: too few to measure "
                "memory growth."
            )
        fewest = min(one.requests[-1] - one.requests[0] for one in launches)
        over = f"{_interval(found.each)} of {BLOCKS} blocks, {fewest:,} requests or more"
        if not found.leaks:
            return f"Served under load, resident memory does not grow with the number of requests ({over})."
        return (
            f"Memory grows: served under load, the process keeps {number(found.each.mean, 0)} B per request ({over})."
        )


def of(sample: HeapSample, folder: Path) -> Heap:
    """Raises StoreError."""
    peak = stacks(folder, sample.peak_file)
    leaks = (growth := grown(sample)) is not None and growth.leaks
    kept = stacks(folder, sample.kept_file) if sample.kept_file and leaks else {}
    return Heap(sample, peak, tuple(lines(peak.items())), tuple(lines(kept.items())))


def _interval(each: Estimate) -> str:
    """`95% interval 1,010 to 1,034 B per request, 3 launches`."""
    if each.low is None or each.high is None:
        return "no interval, one launch"
    return f"95% interval {number(each.low, 0)} to {number(each.high, 0)} B per request, {each.n} launches"


def _requests(number: int) -> str:
    return "1 request" if number == 1 else f"{number} requests"


def _line(line: AllocationLine) -> str:
    through = "" if line.by_itself else f", called by `{line.caller}`"
    return f"`{line.name}` ({line.layer}{through})"
