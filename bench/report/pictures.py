"""What the page draws beside the cake: latency lines, what serving adds, and peaks of memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from bench.figures import CaseSummary, Standing, Summary
from bench.model import Case
from bench.report.charts import Line, latency_by_percentile
from bench.report.scale import Scale


@dataclass(frozen=True)
class LatencyChart:
    """One request's latencies, a line a case; `legend` is (text, CSS class) from the slowest tail down."""

    request: str
    legend: tuple[tuple[str, str], ...]
    svg: Mapping[str, Markup]


@dataclass(frozen=True)
class ServedBar:
    """The server CPU of one served request, parted into what the app takes in process and all the rest."""

    case: Case
    inside_us: float
    server_us: float


@dataclass(frozen=True)
class ServedBars:
    bars: tuple[ServedBar, ...]
    scale: Scale


@dataclass(frozen=True)
class MemoryGroup:
    """Peaks of all cases that answer one request, on one scale in MB."""

    request: str
    cases: tuple[CaseSummary, ...]
    scale: Scale


def latency_charts(summary: Summary, classes: Mapping[str, str]) -> list[LatencyChart]:
    """A chart for each scenario and request that two percentiles at least are known of."""
    groups: dict[tuple[str, str], list[Line]] = {}
    for case in summary.cases.values():
        for scenario, figure in case.loads.items():
            if figure.value is None:
                continue
            line = Line(case.case.target, classes[case.case.adds], figure.value.latency_ms)
            if len(line.points) > 1:
                groups.setdefault((scenario, case.case.request), []).append(line)
    return [_chart(request, lines) for (_, request), lines in groups.items()]


def served_bars(summary: Summary) -> ServedBars | None:
    """Every case with both a load and a timing figure; None when there is none."""
    bars = tuple(
        ServedBar(
            case.case, figure.value.server_cpu_us.mean - figure.value.server_layer_us, figure.value.server_layer_us
        )
        for case in summary.cases.values()
        for figure in case.loads.values()
        if figure.value is not None and figure.value.server_layer_us is not None
    )
    scale = Scale.over([max(bar.inside_us, bar.inside_us + bar.server_us) for bar in bars])
    return ServedBars(bars, scale) if bars else None


def memory_groups(summary: Summary) -> list[MemoryGroup]:
    """By request, every case whose memory was looked at, with or without success."""
    groups: dict[str, list[CaseSummary]] = {}
    for case in summary.cases.values():
        if case.memory.standing is not Standing.UNMEASURED:
            groups.setdefault(case.case.request, []).append(case)
    return [
        MemoryGroup(request, tuple(cases), Scale.over(c.memory.value.peak_mb.mean for c in cases if c.memory.value))
        for request, cases in groups.items()
    ]


def _chart(request: str, lines: list[Line]) -> LatencyChart:
    ordered = sorted(lines, key=lambda line: -line.points[-1][1])
    svg = {name: Markup(text) for name, text in latency_by_percentile(ordered).items()}  # noqa: S704 - Vega escapes it
    return LatencyChart(request, tuple((line.name, line.css_class) for line in ordered), svg)
