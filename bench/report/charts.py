"""Charts that need axes, as Vega-Lite compiled to SVG when the page is built.

Compiled then, not in the reader's browser: the page needs no megabyte of script and no eval, works without scripts,
and follows dark mode, since colours are CSS variables. A point's accessible label is what the page shows on hovering.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import vl_convert

from bench.wording import number, percentile

WIDTHS = {"wide": (760, 340), "narrow": (270, 280)}
"""Sizes in px by the class of their container: text keeps its size on a phone, where one scaled picture would not."""


@dataclass(frozen=True)
class Curve:
    """What one target takes, µs of CPU by number of rows."""

    name: str
    css_class: str
    cost_us: Mapping[int, float]


@dataclass(frozen=True)
class Line:
    """The latencies of one case, ms by percentile (0 to 1); a missing percentile ends the line."""

    name: str
    css_class: str
    latency_ms: Mapping[float, float | None]

    @property
    def points(self) -> list[tuple[float, float]]:
        return [(q, value) for q, value in self.latency_ms.items() if value is not None]


@dataclass(frozen=True)
class RateCurve:
    """One percentile of the latency, ms by requests a second that were asked for."""

    name: str
    css_class: str
    latency_ms: Mapping[float, float]


def latency_by_percentile(lines: Sequence[Line]) -> dict[str, str]:
    """SVG by class of width. The scale stretches the tail: p90, p99 and p99.9 are equally far apart."""
    return {name: vl_convert.vegalite_to_svg(_spec(lines, *size)) for name, size in WIDTHS.items()}


def cost_by_rows(curves: Sequence[Curve]) -> dict[str, str]:
    """SVG by class of width, both axes logarithmic: a cost in proportion to the rows is a straight line."""
    return {name: vl_convert.vegalite_to_svg(_rows_spec(curves, *size)) for name, size in WIDTHS.items()}


def latency_by_rate(curves: Sequence[RateCurve], limit_ms: float, capacity: float | None) -> dict[str, str]:
    """SVG by class of width: the knee, with the limit that was promised and the rate of a closed load as rules."""
    return {
        name: vl_convert.vegalite_to_svg(_rate_spec(curves, limit_ms, capacity, *size)) for name, size in WIDTHS.items()
    }


def _rate_spec(
    curves: Sequence[RateCurve], limit_ms: float, capacity: float | None, width: int, height: int
) -> dict[str, Any]:
    values = [ms for curve in curves for ms in curve.latency_ms.values()]
    encoding = {
        "x": {
            "field": "rate",
            "type": "quantitative",
            "title": "requests/s that fell due",
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
    rule = {"type": "rule", "strokeDash": [4, 4], "color": "var(--ink-soft)"}
    picture["layer"].append(
        {
            "data": {"values": [{"ms": limit_ms, "said": f"promised: {number(limit_ms)} ms"}]},
            "mark": rule,
            "encoding": {
                "x": None,
                "color": None,
                "y": {"field": "ms", "type": "quantitative"},
                "description": {"field": "said", "type": "nominal"},
            },
        }
    )
    if capacity is not None:
        picture["layer"].append(
            {
                "data": {"values": [{"rate": capacity, "said": f"back to back: {number(capacity, 0)}/s"}]},
                "mark": rule,
                "encoding": {
                    "y": None,
                    "color": None,
                    "x": {"field": "rate", "type": "quantitative"},
                    "description": {"field": "said", "type": "nominal"},
                },
            }
        )
    return picture


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


def _spec(lines: Sequence[Line], width: int, height: int) -> dict[str, Any]:
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


def _log_axis(field: str, title: str, lowest: float, highest: float) -> dict[str, Any]:
    low, high = lowest / 1.25, highest * 1.25
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "scale": {"type": "log", "nice": False, "domain": [low, high]},
        "axis": {"values": _round_values(low, high), "format": "~g"},
    }


def _colours(field: str, drawn: Sequence[Line] | Sequence[Curve] | Sequence[RateCurve]) -> dict[str, Any]:
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


def _rows(line: Line) -> list[dict[str, object]]:
    return [
        {"case": line.name, "tail": _tail(q), "ms": ms, "said": f"{line.name}, {percentile(q)}: {number(ms)} ms"}
        for q, ms in line.points
    ]


def _tail(q: float) -> float:
    """One request in how many is slower."""
    return round(1 / (1 - q), 6)


def _round_values(low: float, high: float) -> list[float]:
    """1, 2 and 5 times the powers of ten from `low` to `high`."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    values = [float(f"{factor}e{power}") for power in powers for factor in (1, 2, 5)]
    return [value for value in values if low <= value <= high]


def _label_expression(labels: Mapping[float, str]) -> str:
    return " : ".join([*(f"datum.value == {value:g} ? '{text}'" for value, text in labels.items()), "''"])


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
