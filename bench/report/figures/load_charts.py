"""Charts of served loads: latency lines, the knee of the rate, bars of requests per second."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from bench.analysis.load.figures import Search
from bench.analysis.run.figures import Summary
from bench.model.workload import Case
from bench.report.figures.axes import Scale
from bench.report.figures.line_charts import LatencyCurve, RateCurve, latency_by_percentile, latency_by_rate
from bench.report.words.run import search_sentence
from bench.stats.intervals import Estimate
from bench.text.numbers import percentile


@dataclass(frozen=True)
class LatencyChart:
    """One request's latencies, a line a case; `legend` is (text, CSS class) from the slowest tail down."""

    scenario: str
    request: str
    legend: tuple[tuple[str, str], ...]
    svg: Mapping[str, Markup]


@dataclass(frozen=True)
class Knee:
    """A search: what was found in a sentence, and latency against rate; `percentiles` are the columns of its table."""

    case: Case
    search: Search
    sentence: str
    percentiles: tuple[float, ...]
    legend: tuple[tuple[str, str], ...]
    svg: Mapping[str, Markup]


@dataclass(frozen=True)
class ServedBar:
    """The server CPU of one served request, parted into what the app takes in process and all the rest."""

    case: Case
    inside_us: float
    server_us: Estimate


@dataclass(frozen=True)
class ServedGroup:
    """All served cases of one request, or of an app, on one scale in µs."""

    request: str
    bars: tuple[ServedBar, ...]
    scale: Scale


def latency_charts(summary: Summary, classes: Mapping[str, str]) -> list[LatencyChart]:
    """A chart for each scenario and request that two percentiles at least are known of.

    Of a scenario that asks for several things, the one that it asks for most: one line must be of one thing.
    """
    groups: dict[tuple[str, str], list[LatencyCurve]] = {}
    for case in summary.cases.values():
        for scenario, figure in case.loads.items():
            if figure.value is None:
                continue
            load = figure.value
            name, seen = next(iter(load.endpoints.items())) if len(load.endpoints) > 1 else (case.case.group, load)
            line = LatencyCurve(case.case.label, classes[case.case.adds], seen.latency_ms)
            if len(line.points) > 1:
                groups.setdefault((scenario, name), []).append(line)
    return [_chart(scenario, request, lines) for (scenario, request), lines in groups.items()]


def knees(summary: Summary) -> list[Knee]:
    """One for each case whose highest rate was searched for."""
    found = ((case.case, case.search.value) for case in summary.cases.values())
    return [_knee(case, search) for case, search in found if search is not None]


def served_groups(summary: Summary) -> list[ServedGroup]:
    """By request, every case that has a figure under load and one in process."""
    groups: dict[str, list[ServedBar]] = {}
    for case in summary.cases.values():
        for load in (figure.value for figure in case.loads.values()):
            if load is None or load.rate is not None:
                continue  # a server that is asked rarely runs colder, and costs more: that is no layer
            if load.server_cpu_us is not None and load.server_layer_us is not None:
                inside_us = load.server_cpu_us.mean - load.server_layer_us.mean
                groups.setdefault(case.case.group, []).append(ServedBar(case.case, inside_us, load.server_layer_us))
    return [
        ServedGroup(request, tuple(bars), Scale.over((b.inside_us + b.server_us.mean for b in bars), cut_outliers=True))
        for request, bars in groups.items()
    ]


def _chart(scenario: str, request: str, lines: list[LatencyCurve]) -> LatencyChart:
    ordered = sorted(lines, key=lambda line: -line.points[-1][1])
    svg = {name: Markup(text) for name, text in latency_by_percentile(ordered).items()}  # noqa: S704 - Vega escapes it
    return LatencyChart(scenario, request, tuple((line.name, line.css_class) for line in ordered), svg)


def _knee(case: Case, search: Search) -> Knee:
    shown = [q for q in (0.5, search.objective.q) if any(_finite(step.latency_ms.get(q)) for step in search.steps)]
    curves = [
        RateCurve(percentile(q), css, {s.rate: ms for s in search.steps if (ms := _finite(s.latency_ms.get(q)))})
        for q, css in zip(dict.fromkeys(shown), ("layer-server", "layer-gc"), strict=False)
    ]
    drawn = latency_by_rate(curves, search.objective.limit_ms, search.capacity) if curves else {}
    svg = {name: Markup(text) for name, text in drawn.items()}  # noqa: S704 - Vega escapes it
    legend = tuple((curve.name, curve.css_class) for curve in curves)
    of_each = tuple(search.steps[0].latency_ms) if search.steps else ()
    return Knee(case, search, search_sentence(case.id, search), tuple(sorted(of_each)), legend, svg)


def _finite(ms: float | None) -> float | None:
    """What can be drawn: a percentile that falls among failed requests can't."""
    return ms if ms is not None and math.isfinite(ms) else None
