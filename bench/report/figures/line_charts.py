"""Charts that need axes, as Vega-Lite compiled to SVG when the page is built.

Compiled then, not in the reader's browser: the page needs no megabyte of script and no eval, works without scripts,
and follows dark mode, since colours are CSS variables. A point's accessible label is what the page shows on hovering.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.report.figures import vega
from bench.text.numbers import number, percentile, size

WIDTHS = {"wide": (760, 340), "narrow": (270, 280)}
"""Sizes in px by the class of their container: text keeps its size on a phone, where one scaled picture would not."""
_WIDE = 1000.0
PANEL = (250, 190)
"""A phone's width has room for one of them, a page's for three."""


@dataclass(frozen=True)
class Curve:
    """What one target takes, µs of CPU by number of rows."""

    name: str
    css_class: str
    cost_us: Mapping[int, float]


@dataclass(frozen=True)
class LatencyCurve:
    """The latencies of one case, ms by percentile (0 to 1); a missing percentile ends the line."""

    name: str
    css_class: str
    latency_ms: Mapping[float, float | None]

    @property
    def points(self) -> list[tuple[float, float]]:
        return [(q, value) for q, value in self.latency_ms.items() if value is not None and math.isfinite(value)]


@dataclass(frozen=True)
class RateCurve:
    """One percentile of the latency, ms by requests per second that were asked for."""

    name: str
    css_class: str
    latency_ms: Mapping[float, float]


@dataclass(frozen=True)
class SizeCurve:
    """One figure of one way to make a body, by the body's size in bytes."""

    name: str
    css_class: str
    values: Mapping[int, float]


def latency_by_percentile(lines: Sequence[LatencyCurve]) -> dict[str, str]:
    """SVG by class of width. The scale stretches the tail: p90, p99 and p99.9 are equally far apart."""
    return {name: vega.svg(_spec(lines, *size)) for name, size in WIDTHS.items()}


def cost_by_rows(curves: Sequence[Curve]) -> dict[str, str]:
    """SVG by class of width, both axes logarithmic: a cost in proportion to the rows is a straight line."""
    return {name: vega.svg(_rows_spec(curves, *size)) for name, size in WIDTHS.items()}


def latency_by_rate(curves: Sequence[RateCurve], limit_ms: float, capacity: float | None) -> dict[str, str]:
    """SVG by class of width: the highest rate, with the objective and the rate of the closed model as dashed lines."""
    return {name: vega.svg(_rate_spec(curves, limit_ms, capacity, *size)) for name, size in WIDTHS.items()}


def value_by_size(curves: Sequence[SizeCurve], unit: str, least: float) -> str:
    """SVG of one panel among several, both axes logarithmic. What is below `least` lies there, as a hollow point."""
    return vega.svg(_size_spec(curves, unit, least))


def _size_spec(curves: Sequence[SizeCurve], unit: str, least: float) -> dict[str, Any]:
    points: list[dict[str, object]] = [
        {
            "way": curve.name,
            "bytes": body,
            "value": max(value, least),
            "below": value < least,
            "said": f"{curve.name}, {size(body)}: {f'< {least:g}' if value < least else number(value)} {unit}",
        }
        for curve in curves
        for body, value in curve.values.items()
    ]
    sizes = {float(body): size(body) for curve in curves for body in curve.values}
    every = [value for curve in curves for value in curve.values.values()]
    encoding = {
        "x": {
            "field": "bytes",
            "type": "quantitative",
            "title": "size of the body",
            "scale": {"type": "log", "nice": False},
            "axis": {"values": sorted(sizes), "labelExpr": _label_expression(sizes), "labelFlush": False},
        },
        "y": _log_axis("value", None, max(min(every), least), max(*every, least)),
        "color": _colours("way", curves),
    }
    return _hollow_below(_picture(*PANEL, encoding, points), {value < least for value in every})


def _hollow_below(picture: dict[str, Any], there: set[bool]) -> dict[str, Any]:
    """The same picture with hollow points for what is below resolution. A kind that isn't `there` gets no layer: an
    empty one would be a mark that nothing can be said of."""
    line, full = picture["layer"]
    hollow = {**full, "mark": {**full["mark"], "filled": False}}
    kinds = [
        {**layer, "transform": [{"filter": {"field": "below", "equal": below}}]}
        for below, layer in ((False, full), (True, hollow))
        if below in there
    ]
    return {**picture, "layer": [line, *kinds]}


def _rate_spec(
    curves: Sequence[RateCurve], limit_ms: float, capacity: float | None, width: int, height: int
) -> dict[str, Any]:
    values = [ms for curve in curves for ms in curve.latency_ms.values()]
    encoding = {
        "x": {
            "field": "rate",
            "type": "quantitative",
            "title": "target rate, requests/s",
            "axis": {"format": "~s", "tickCount": 5},
        },
        "y": _log_axis("ms", "latency, ms (log scale)", min([*values, limit_ms]), max([*values, limit_ms])),
        "color": _colours("percentile", curves),
    }
    points = [
        {
            "percentile": curve.name,
            "rate": rate,
            "ms": ms,
            "said": f"{curve.name} at {number(rate, 0)}/s: {number(ms)} ms",
        }
        for curve in curves
        for rate, ms in curve.latency_ms.items()
    ]
    picture = _picture(width, height, encoding, points)
    picture["layer"] += _rule("y", "ms", limit_ms, f"objective: {number(limit_ms)} ms", 4)
    if capacity is not None:
        picture["layer"] += _rule("x", "rate", capacity, f"closed model: {number(capacity, 0)}/s", height - 12)
    return picture


def _rule(axis: str, field: str, value: float, said: str, end: int) -> list[dict[str, Any]]:
    """A dashed line across the picture at a value of one axis, with words beside it, `end` px along it."""
    across, beside = ("x", {"align": "left", "dy": -7}) if axis == "y" else ("y", {"align": "right", "dx": -6})
    data = {"values": [{field: value, "said": said}]}
    at = {"color": None, axis: {"field": field, "type": "quantitative"}}
    words = {"field": "said", "type": "nominal"}
    line = {"type": "rule", "strokeDash": [4, 4], "color": "var(--ink-soft)"}
    text = {"type": "text", "fontSize": 12, "font": "inherit", "color": "var(--ink-soft)", "aria": False, **beside}
    return [
        {"data": data, "mark": line, "encoding": {**at, across: None, "description": words}},
        {"data": data, "mark": text, "encoding": {**at, across: {"value": end}, "text": words}},
    ]


def _rows_spec(curves: Sequence[Curve], width: int, height: int) -> dict[str, Any]:
    counts = sorted({rows for curve in curves for rows in curve.cost_us})
    costs = [us for curve in curves for us in curve.cost_us.values()]
    encoding = {
        "x": {
            "field": "rows",
            "type": "quantitative",
            "title": "rows (log scale)",
            "scale": {"type": "log", "nice": False},
            "axis": {"values": counts, "format": "~s", "labelFlush": False},
        },
        "y": _log_axis("us", "CPU of one request, µs (log scale)", min(costs), max(costs)),
        "color": _colours("target", curves),
    }
    points = [
        {"target": curve.name, "rows": rows, "us": us, "said": f"{curve.name}, {number(rows, 0)} rows: {number(us)} µs"}
        for curve in curves
        for rows, us in curve.cost_us.items()
    ]
    return _picture(width, height, encoding, points)


def _spec(lines: Sequence[LatencyCurve], width: int, height: int) -> dict[str, Any]:
    shown = sorted({q for line in lines for q, _ in line.points})
    lowest, highest = (
        min(ms for line in lines for _, ms in line.points),
        max(ms for line in lines for _, ms in line.points),
    )
    labels = {_tail(q): percentile(q) for q in shown}
    encoding = {
        "x": {
            "field": "tail",
            "type": "quantitative",
            "title": None,
            "scale": {"type": "log", "nice": False},
            "axis": {"values": list(labels), "labelExpr": _label_expression(labels), "labelFlush": False},
        },
        "y": _log_axis("ms", "latency, ms (log scale)", lowest, highest),
        "color": _colours("case", lines),
    }
    return _picture(width, height, encoding, [row for line in lines for row in _rows(line)])


def _log_axis(field: str, title: str | None, lowest: float, highest: float) -> dict[str, Any]:
    low, high = lowest / 1.25, highest * 1.25
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "scale": {"type": "log", "nice": False, "domain": [low, high]},
        "axis": {"values": round_values(low, high), "format": "~g"},
    }


def _colours(field: str, drawn: Sequence[LatencyCurve | Curve | RateCurve | SizeCurve]) -> dict[str, Any]:
    scale = {"domain": [one.name for one in drawn], "range": [f"var(--{one.css_class})" for one in drawn]}
    return {"field": field, "type": "nominal", "scale": scale, "legend": None}


def _picture(width: int, height: int, encoding: dict[str, Any], points: list[dict[str, object]]) -> dict[str, Any]:
    """Lines with their points, each of which says what it is."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": width,
        "height": height,
        "background": None,
        "data": {"values": points},
        "encoding": encoding,
        "layer": [
            {"mark": {"type": "line", "strokeWidth": 2, "aria": False}},
            {
                "mark": {"type": "point", "filled": True, "size": 64, "opacity": 1},
                "encoding": {"description": {"field": "said", "type": "nominal"}},
            },
        ],
        "config": CONFIG,
    }


def _rows(line: LatencyCurve) -> list[dict[str, object]]:
    return [
        {"case": line.name, "tail": _tail(q), "ms": ms, "said": f"{line.name}, {percentile(q)}: {number(ms)} ms"}
        for q, ms in line.points
    ]


def _tail(q: float) -> float:
    """One request in how many is slower."""
    return round(1 / (1 - q), 6)


def round_values(low: float, high: float) -> list[float]:
    """1, 2 and 5 times the powers of ten from `low` to `high`, or from a thousandfold on the powers alone."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    factors = (1, 2, 5) if high / low < _WIDE else (1,)
    values = [float(f"{factor}e{power}") for power in powers for factor in factors]
    return [value for value in values if low <= value <= high]


def _label_expression(labels: Mapping[float, str]) -> str:
    return " : ".join([*(f"datum.value == {value!r} ? '{text}'" for value, text in labels.items()), "''"])


CONFIG = {
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--ink-soft)",
        "titleColor": "var(--ink-soft)",
        "gridColor": "var(--line)",
        "domainColor": "var(--line-strong)",
        "tickColor": "var(--line-strong)",
        "labelFont": "inherit",
        "titleFont": "inherit",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    },
}
