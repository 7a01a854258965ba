"""One body as a string against the same body streamed, by its size: memory, when it comes, CPU, and who has to wait."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bench.analysis.load.figures import EndpointFigures
from bench.analysis.run.figure_text import peak
from bench.analysis.run.figures import LEAST_MB, Memory, Summary
from bench.model.workload import Case
from bench.report.figures.axes import Scale
from bench.report.figures.line_charts import SizeCurve, value_by_size
from bench.stats.intervals import Estimate
from bench.text.numbers import listed, measured, number, size

WHOLE = "export_string"
"""Makes its body before it sends any; what stands over it sends the same body as it comes."""
CANARY = "health"
"""Asked for in a scenario of exports by somebody who wants nothing but a turn."""
TICK_MS = 1.0
"""A canary in process wants its turns so far apart: a shorter stall may have escaped it."""
FEWEST = 2
"""Sizes that a line needs at least."""


@dataclass(frozen=True)
class Export:
    """One way to make one body."""

    case: Case
    memory: Memory


@dataclass(frozen=True)
class SizePanel:
    """One figure of every way by the size of the body, a line a way; `svg` fits a phone and a third of a page."""

    name: str
    unit: str
    svg: Markup


@dataclass(frozen=True)
class Wait:
    """What somebody else's requests took while this case was exported, under one scenario."""

    case: Case
    scenario: str
    canary: EndpointFigures
    body_bytes: int | None


@dataclass(frozen=True)
class Streaming:
    """`exports` by size, then by way; `legend` is (target, CSS class); `waits` lie on `scale`, in ms."""

    exports: tuple[Export, ...]
    legend: tuple[tuple[str, str], ...]
    panels: tuple[SizePanel, ...]
    waits: tuple[Wait, ...]
    scale: Scale
    sentences: tuple[str, ...]

    @property
    def looked_at_cpu(self) -> bool:
        return any(one.memory.cpu_ms for one in self.exports)


def streaming(summary: Summary, classes: Mapping[str, str]) -> Streaming | None:
    """The picture; None when no body was made both as one string and otherwise, or at one size alone."""
    exports = tuple(_exports(summary))
    sizes = {one.memory.body_bytes for one in exports}
    if len(sizes) < FEWEST or all(one.case.target == WHOLE for one in exports):
        return None
    ways = {one.case.target: classes[one.case.adds] for one in exports}
    waits = tuple(_waits(summary, exports))
    return Streaming(
        exports=exports,
        legend=tuple(ways.items()),
        panels=tuple(_panels(exports, ways)),
        waits=waits,
        scale=Scale.over(wait.canary.longest_ms for wait in waits),
        sentences=tuple(_sentences(exports, waits)),
    )


def _exports(summary: Summary) -> Iterator[Export]:
    """Those of the whole body, smallest first, each followed by what was streamed instead."""
    made = [
        Export(one.case, one.memory.value)
        for one in summary.cases.values()
        if one.memory.value is not None and WHOLE in (one.case.target, one.case.over)
    ]
    of_size = {one.case.request: one.memory.body_bytes for one in made if one.case.target == WHOLE}
    for request in sorted(of_size, key=of_size.__getitem__):
        yield from (one for one in made if one.case.request == request)


_FIGURES: Sequence[tuple[str, str, float, Callable[[Memory], Estimate | None]]] = (
    ("Peak memory", "MB", LEAST_MB, lambda memory: memory.peak_mb),
    ("First byte", "ms", 0.0, lambda memory: memory.first_byte_ms),
    ("Last byte", "ms", 0.0, lambda memory: memory.elapsed_ms),
    ("CPU", "ms", 0.0, lambda memory: memory.cpu_ms),
    ("Longest event loop stall", "ms", TICK_MS, lambda memory: memory.stall_ms),
)
"""Name, unit, what is below resolution, and where it stands."""


def _panels(exports: Sequence[Export], ways: Mapping[str, str]) -> Iterator[SizePanel]:
    for name, unit, least, pick in _FIGURES:
        by_way: dict[str, dict[int, float]] = {}
        for one in exports:
            if (value := pick(one.memory)) is not None:
                by_way.setdefault(one.case.target, {})[one.memory.body_bytes] = value.mean
        curves = [SizeCurve(way, ways[way], values) for way, values in by_way.items()]
        if any(len(curve.values) >= FEWEST for curve in curves):
            svg = Markup(value_by_size(curves, unit, least))  # noqa: S704 - Vega escapes it
            yield SizePanel(name, unit, svg)


def _waits(summary: Summary, exports: Sequence[Export]) -> Iterator[Wait]:
    of_size = {one.case.request: one.memory.body_bytes for one in exports}
    for one in summary.cases.values():
        if WHOLE not in (one.case.target, one.case.over):
            continue
        for scenario, figure in one.loads.items():
            if figure.value and CANARY in figure.value.endpoints and len(figure.value.endpoints) > 1:
                canary = figure.value.endpoints[CANARY]
                yield Wait(one.case, scenario, canary, of_size.get(one.case.request))


def _sentences(exports: Sequence[Export], waits: Sequence[Wait]) -> Iterator[str]:
    wholes = [one for one in exports if one.case.target == WHOLE]
    largest = wholes[-1]
    streamed = [one for one in exports if one.case.request == largest.case.request and one is not largest]
    if streamed:
        yield from _at_the_largest(largest.memory, streamed)
    yield from _growth(wholes, exports)
    yield from _stalls(largest.memory, streamed)
    yield from _waited(waits)


def _at_the_largest(whole: Memory, streamed: Sequence[Export]) -> Iterator[str]:
    most = max(streamed, key=lambda one: one.memory.peak_mb.mean)
    last = max(streamed, key=lambda one: one.memory.first_byte_ms.mean)
    yield (
        f"As one string, {size(whole.body_bytes)} add {_peak(whole)} of memory, and the first byte comes after "
        f"{measured(whole.first_byte_ms, 'ms')}; streamed, at most {_peak(most.memory)} (`{most.case.target}`), and "
        f"at most {measured(last.memory.first_byte_ms, 'ms')} (`{last.case.target}`)."
    )


def _growth(wholes: Sequence[Export], exports: Sequence[Export]) -> Iterator[str]:
    """How peaks grow from the smallest body with a measurable peak to the largest."""
    known = [one for one in wholes if one.memory.resolved]
    if len(known) < FEWEST:
        return
    first, last = known[0], known[-1]
    peaks = {(one.case.target, one.case.request): one.memory for one in exports}
    grown = {
        way: peaks[way, last.case.request].peak_mb.mean / before.peak_mb.mean
        for (way, request), before in peaks.items()
        if request == first.case.request and before.resolved and (way, last.case.request) in peaks
    }
    streams = [times for way, times in grown.items() if way != WHOLE]
    if streams:
        yield (
            f"A body {number(last.memory.body_bytes / first.memory.body_bytes, 1)} times as large needs "
            f"{number(grown[WHOLE], 1)} times the memory as one string, and at most {number(max(streams), 1)} times "
            f"when streamed."
        )


def _stalls(whole: Memory, streamed: Sequence[Export]) -> Iterator[str]:
    held = [(stall, one.case.target) for one in streamed if (stall := one.memory.stall_ms)]
    if whole.stall_ms and held:
        most, way = max(held, key=lambda pair: pair[0].mean)
        yield (
            f"The string blocks the event loop for up to {measured(whole.stall_ms, 'ms')}, the streams for up to "
            f"{measured(most, 'ms')} (`{way}`)."
        )


def _waited(waits: Sequence[Wait]) -> Iterator[str]:
    known = [
        f"{number(p99)} ms during `{wait.case.id}` (longest {number(wait.canary.longest_ms)} ms)"
        for wait in waits
        if (p99 := wait.canary.latency_ms.get(0.99)) is not None and math.isfinite(p99)
    ]
    if known:
        yield f"Under load, 99% of the requests to `/{CANARY}` are answered within {listed(known)}."


def _peak(memory: Memory) -> str:
    return measured(memory.peak_mb, "MB") if memory.resolved else peak(memory)
