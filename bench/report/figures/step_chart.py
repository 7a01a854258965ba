"""What changed from an anchor, version by version, as a small picture: each change with its interval, and steps marked.

Compiled to SVG when the page is built, as in `bench.report.figures.line_charts`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from bench.model.comparison import Verdict
from bench.report.figures import vega
from bench.report.figures.line_charts import CONFIG
from bench.report.figures.themes import themed
from bench.report.templates import render
from bench.stats.two_stage import Change
from bench.text.numbers import MINUS, changed_by

SIZE = (350, 165)
"""Of one picture, px: two stand side by side on a desk, and one nearly fits a phone, where it is scaled."""
LABEL_PX = 14
"""How high a row of labels above a picture is."""
_CHARACTER_PX, _GAP_PX = 7.0, 8
_LABEL_ROOM_PX = 26
"""How far apart versions on the axis are at least."""
_COLOURS = {Verdict.FASTER: "var(--good)", Verdict.SLOWER: "var(--bad)"}
_SHAPES = {Verdict.FASTER: "triangle-down", Verdict.SLOWER: "triangle-up"}
_SIGNED = f"(datum.value > 0 ? '+' : datum.value < 0 ? '{MINUS}' : '') + format(abs(datum.value), '~g') + '%'"


@dataclass(frozen=True)
class ChartPoint:
    """A change at one version. Only points of one `segment` are joined; a `hollow` one differs in some way that the
    page explains."""

    at: str
    found: Change
    said: str
    segment: int = 0
    hollow: bool = False


@dataclass(frozen=True)
class StepMark:
    """A step at one version, faster or slower: what stands above it, and what it says of itself."""

    at: str
    verdict: Verdict
    text: str
    said: str


@dataclass(frozen=True)
class AxisMark:
    """Something else that changed at one version, and what it was: a small mark on the axis."""

    at: str
    said: str


@dataclass(frozen=True)
class StepChart:
    """All `versions` in their order, those that have a point, the steps, and what else changed."""

    versions: tuple[str, ...]
    points: tuple[ChartPoint, ...]
    marks: tuple[StepMark, ...]
    margin: float
    axis_marks: tuple[AxisMark, ...] = ()


def picture(chart: StepChart) -> Markup:
    """Drawn once for pages of any width."""
    drawn = Markup(vega.svg(whole(spec(chart, *SIZE))))  # noqa: S704 - its compiler escapes the data
    return render("figures/charts.html", legend=(), charts={"any": drawn})


def whole(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A picture, or several, as what its compiler takes."""
    heading = {"color": "var(--ink)", "font": "inherit", "subtitleColor": "var(--ink-soft)", "subtitleFont": "inherit"}
    config = {**CONFIG, "title": {**heading, "fontSize": 13, "fontWeight": 600, "subtitleFontSize": 12}}
    schema = "https://vega.github.io/schema/vega-lite/v6.json"
    return {"$schema": schema, "background": None, "config": config, **spec}


def spec(chart: StepChart, width: int, height: int) -> dict[str, Any]:
    """One picture."""
    points = [_point(one) for one in chart.points]
    x = {
        "field": "at",
        "type": "ordinal",
        "title": None,
        "scale": {"domain": list(chart.versions)},
        "axis": {"labelAngle": -45, "labelOverlap": True, "grid": False, "values": _labelled(chart.versions, width)},
    }
    y = {
        "field": "change",
        "type": "quantitative",
        "title": None,
        "scale": {"domain": _domain(points, chart.margin), "nice": True, "zero": False},
        "axis": {"tickCount": 5, "labelExpr": _SIGNED},
    }
    band = {"y": y | {"field": "low"}, "y2": {"field": "high"}}
    apart = {"detail": {"field": "segment", "type": "nominal"}}
    line = {"type": "line", "color": "var(--link)", "strokeWidth": 2, "aria": False}
    area = {"type": "area", "color": "var(--link)", "opacity": 0.22, "aria": False}
    return {
        "width": width,
        "height": height,
        "data": {"values": points},
        "encoding": {"x": x, "y": y},
        "layer": [
            {"mark": area, "encoding": band | apart},
            {"mark": line, "encoding": apart},
            *_dots(chart),
            *_on_axis(chart, height),
            *_marked(marks(chart, width), height),
        ],
    }


def rows(chart: StepChart, width: int) -> int:
    """How many rows of labels there are above it."""
    return max((one["row"] + 1 for one in marks(chart, width)), default=0)


def marks(chart: StepChart, width: int) -> list[dict[str, Any]]:
    """The steps, each with a label on the lowest row where it has room."""
    taken: list[float] = []
    made: list[dict[str, Any]] = []
    values = {one.at: 100 * (one.found.ratio - 1) for one in chart.points}
    for mark in chart.marks:
        share = (chart.versions.index(mark.at) + 0.5) / len(chart.versions)
        middle, half = share * width, _CHARACTER_PX * len(mark.text) / 2
        align = "left" if middle < half else "right" if middle > width - half else "center"
        left = middle - {"left": 0, "center": half, "right": 2 * half}[align]
        row = next((index for index, end in enumerate(taken) if end + _GAP_PX <= left), len(taken))
        taken[row : row + 1] = [left + 2 * half]
        made.append(
            {
                "at": mark.at,
                "change": values[mark.at],
                "text": mark.text,
                "align": align,
                "row": row,
                "top": -6 - LABEL_PX * row,
                "colour": _COLOURS[mark.verdict],
                "shape": _SHAPES[mark.verdict],
                "said": mark.said,
            }
        )
    return made


def _labelled(versions: Sequence[str], width: int) -> list[str]:
    """As many as there is room for, evenly apart."""
    every = math.ceil(len(versions) * _LABEL_ROOM_PX / width)
    return list(versions[:: max(1, every)])


def _point(one: ChartPoint) -> dict[str, Any]:
    return {
        "at": one.at,
        "change": 100 * (one.found.ratio - 1),
        "low": 100 * (one.found.low - 1),
        "high": 100 * (one.found.high - 1),
        "segment": one.segment,
        "hollow": one.hollow,
        "said": f"{one.said}: {changed_by(one.found.ratio)}, "
        f"{changed_by(one.found.low)} to {changed_by(one.found.high)}",
    }


def _domain(points: Sequence[Mapping[str, Any]], margin: float) -> list[float]:
    """From the least to the most, but so far about the anchor at the least that what doesn't matter looks so."""
    least = 200 * margin
    return [min(-least, *(one["low"] for one in points)), max(least, *(one["high"] for one in points))]


def _dots(chart: StepChart) -> list[dict[str, Any]]:
    """A layer for each kind of points that there is: an empty one would be a mark that nothing can be said of."""
    dot = {"type": "point", "size": 30, "opacity": 1, "color": "var(--link)"}
    described = {"encoding": {"description": {"field": "said", "type": "nominal"}}}
    kinds = {
        False: dot | {"filled": True},
        True: dot | {"filled": True, "fill": "var(--surface)", "stroke": "var(--link)", "strokeWidth": 1.5},
    }
    there = sorted({one.hollow for one in chart.points})
    return [
        {"mark": kinds[hollow], "transform": [{"filter": {"field": "hollow", "equal": hollow}}], **described}
        for hollow in there
    ]


def _on_axis(chart: StepChart, height: int) -> list[dict[str, Any]]:
    if not chart.axis_marks:
        return []
    mark = {"type": "point", "shape": "diamond", "filled": True, "size": 34, "opacity": 1, "color": "var(--ink-soft)"}
    encoding = {"y": None, "description": {"field": "said", "type": "nominal"}}
    data = {"values": [{"at": one.at, "said": one.said} for one in chart.axis_marks]}
    return [{"data": data, "mark": mark | {"y": height}, "encoding": encoding}]


def _marked(marks: Sequence[Mapping[str, Any]], height: int) -> list[dict[str, Any]]:
    if not marks:
        return []
    colour = {"field": "colour", "type": "nominal", "scale": None}
    shape = {"field": "shape", "type": "nominal", "scale": None}
    rule = {"type": "rule", "strokeDash": [2, 3], "aria": False, "y": 0, "y2": height}
    text = {"type": "text", "align": {"expr": "datum.align"}, "fontSize": 11, "fontWeight": 600, "font": "inherit"}
    data = {"values": list(marks)}
    return [
        {"data": data, "mark": rule | {"opacity": 0.6}, "encoding": {"y": None, "color": colour}},
        {
            "data": data,
            "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
            "encoding": {"color": colour, "shape": shape, "description": {"field": "said", "type": "nominal"}},
        },
        {
            "data": data,
            "mark": text | {"baseline": "bottom", "aria": False, "y": {"expr": "datum.top"}},
            "encoding": {"y": None, "color": colour, "text": {"field": "text", "type": "nominal"}},
        },
    ]


def together(heading: tuple[str, str], panels: Sequence[tuple[StepChart, str, str]], size: tuple[int, int]) -> str:
    """Several charts, each with its name and what it costs, as one SVG file for light and dark; the heading is a title
    and what stands below it. Each is `size` wide and high, in px."""
    own = [rows(chart, size[0]) for chart, _, _ in panels]
    drawn = [
        spec(chart, *size) | {"title": _panel_title(name, cost, labels, max(own))}
        for (chart, name, cost), labels in zip(panels, own, strict=True)
    ]
    title, subtitle = heading
    made = whole(
        {
            "title": {"text": title, "subtitle": subtitle, "anchor": "start", "offset": 14},
            "columns": 2,
            "spacing": {"row": 26, "column": 30},
            "concat": drawn,
            "padding": 14,
        }
    )
    return themed(vega.svg(made))


def _panel_title(name: str, cost: str, own: int, most: int) -> dict[str, Any]:
    """Above as many rows of labels as any picture has: those beside each other begin alike."""
    offset = 6 + LABEL_PX * (most - own) + (0 if own else -3)
    return {"text": name, "subtitle": cost, "anchor": "start", "frame": "group", "offset": offset}
