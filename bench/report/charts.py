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

from bench.report.wording import number, percentile

WIDTHS = {"wide": (760, 340), "narrow": (270, 280)}
"""Sizes in px by the class of their container: text keeps its size on a phone, where one scaled picture would not."""


@dataclass(frozen=True)
class Line:
    """The latencies of one case, ms by percentile (0 to 1); a missing percentile ends the line."""

    name: str
    css_class: str
    latency_ms: Mapping[float, float | None]

    @property
    def points(self) -> list[tuple[float, float]]:
        return [(q, value) for q, value in self.latency_ms.items() if value is not None]


def latency_by_percentile(lines: Sequence[Line]) -> dict[str, str]:
    """SVG by class of width. The scale stretches the tail: p90, p99 and p99.9 are equally far apart."""
    return {name: vl_convert.vegalite_to_svg(_spec(lines, *size)) for name, size in WIDTHS.items()}


def _spec(lines: Sequence[Line], width: int, height: int) -> dict[str, Any]:
    shown = sorted({q for line in lines for q, _ in line.points})
    lowest, highest = (
        min(ms for line in lines for _, ms in line.points),
        max(ms for line in lines for _, ms in line.points),
    )
    names = [line.name for line in lines]
    colours = {"domain": names, "range": [f"var(--{line.css_class})" for line in lines]}
    labels = {_tail(q): percentile(q) for q in shown}
    said = {"field": "said", "type": "nominal"}
    encoding = {
        "x": {
            "field": "tail",
            "type": "quantitative",
            "title": None,
            "scale": {"type": "log", "nice": False},
            "axis": {"values": list(labels), "labelExpr": _label_expression(labels), "labelFlush": False},
        },
        "y": {
            "field": "ms",
            "type": "quantitative",
            "title": "latency, ms (log scale)",
            "scale": {"type": "log", "nice": False, "domain": [lowest / 1.25, highest * 1.25]},
            "axis": {"values": _round_values(lowest / 1.25, highest * 1.25), "format": "~g"},
        },
        "color": {"field": "case", "type": "nominal", "scale": colours, "legend": None},
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": width,
        "height": height,
        "background": None,
        "data": {"values": [row for line in lines for row in _rows(line)]},
        "encoding": encoding,
        "layer": [
            {"mark": {"type": "line", "strokeWidth": 2, "aria": False}},
            {
                "mark": {"type": "point", "filled": True, "size": 64, "opacity": 1},
                "encoding": {"description": said},
            },
        ],
        "config": _CONFIG,
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


_CONFIG = {
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
