"""A load over time: requests, latency and errors by second, with the periods in which nothing was answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup

from bench.analysis.load.service import stalled
from bench.analysis.load.timeline import Bin, bins
from bench.model.load import LoadSample
from bench.report.figures import vega
from bench.report.figures.line_charts import CONFIG, WIDTHS, round_values
from bench.text.numbers import number

LEGEND = (("p50", "layer-server"), ("p99", "layer-gc"))
_MOST_DRAWN, _MOST_CHARACTERS = 120, 30
_PANEL_PX = 110
_WHOLE_FROM = 100.0
_LEVELS = "▁▂▃▄▅▆▇█"
_STALLED = "!"


def charts(sample: LoadSample) -> dict[str, Markup]:
    """SVG by class of width."""
    drawn = bins(sample, _MOST_DRAWN)
    return {
        name: Markup(vega.svg(_spec(sample, drawn, width)))  # noqa: S704 - Vega escapes it
        for name, (width, _) in WIDTHS.items()
    }


def sparklines(sample: LoadSample) -> tuple[tuple[str, str], ...]:
    """What is drawn, and a line of characters with its least and most: `▇▇▇!▇ 0 to 210`."""
    drawn = bins(sample, _MOST_CHARACTERS)
    errors = [one.errors_per_s for one in drawn]
    lines: list[tuple[str, Sequence[float | None]]] = [
        ("requests/s", [one.requests_per_s for one in drawn]),
        ("p99 ms", [one.p99_ms for one in drawn]),
    ]
    if any(errors):
        lines.append(("errors/s", errors))
    return tuple((name, _sparkline(values, drawn)) for name, values in lines if any(v is not None for v in values))


def _sparkline(values: Sequence[float | None], drawn: Sequence[Bin]) -> str:
    known = [value for value in values if value is not None]
    most = max(known) or 1.0
    marks = (
        _STALLED if one.stalled else " " if value is None else _LEVELS[round(value / most * (len(_LEVELS) - 1))]
        for value, one in zip(values, drawn, strict=True)
    )
    return f"{''.join(marks)}  {_short(min(known))} to {_short(max(known))}"


def _short(value: float) -> str:
    """`0`, `2.31`, `210`."""
    return number(value, 0 if value >= _WHOLE_FROM or value.is_integer() else None)


def _spec(sample: LoadSample, drawn: Sequence[Bin], width: int) -> dict[str, Any]:
    stalls = [{"from": one.at_s, "to": one.at_s + one.duration_s} for one in stalled(sample)]
    panels = [
        _panel("requests/s", "requests/s", [("requests/s", "layer-starlette", _values(drawn, "requests_per_s"))]),
        _panel("latency, ms", "ms", [(name, css, _values(drawn, f"{name}_ms")) for name, css in LEGEND], log=True),
    ]
    if any(one.errors_per_s for one in drawn):
        panels.append(_panel("errors/s", "errors/s", [("errors/s", "bad", _values(drawn, "errors_per_s"))]))
    for number_, panel in enumerate(panels):
        last = number_ == len(panels) - 1
        panel["width"], panel["height"] = width, _PANEL_PX
        panel["encoding"]["x"] |= {
            "title": "seconds" if last else None,
            "scale": {"domain": [0, sample.duration_s], "nice": False},
        }
        if stalls:
            panel["layer"].insert(0, _stalls(stalls))
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "background": None,
        "spacing": 14,
        "vconcat": panels,
        "resolve": {"scale": {"color": "independent"}},
        "config": CONFIG,
    }


def _values(drawn: Iterable[Bin], name: str) -> list[tuple[float, float | None]]:
    """Moments in the middle of their bin; where there is no value, a line ends."""
    return [(one.at_s + one.seconds / 2, getattr(one, name)) for one in drawn]


def _panel(
    title: str, unit: str, lines: Sequence[tuple[str, str, Sequence[tuple[float, float | None]]]], *, log: bool = False
) -> dict[str, Any]:
    rows = [
        {"line": name, "s": at_s, "value": value, "said": f"second {at_s:.1f}: {name} {_said(value, unit, name)}"}
        for name, _, values in lines
        for at_s, value in values
    ]
    known = [value for _, _, values in lines for _, value in values if value]
    scale: dict[str, Any] = {"zero": True}
    axis: dict[str, Any] = {"tickCount": 4, "format": "~s", "minExtent": 36}
    if log and known:
        low, high = min(known) / 1.25, max(known) * 1.25
        scale = {"type": "log", "nice": False, "domain": [low, high]}
        axis |= {"values": round_values(low, high), "format": "~g"}
    colours = {"domain": [name for name, _, _ in lines], "range": [f"var(--{css})" for _, css, _ in lines]}
    return {
        "data": {"values": rows},
        "encoding": {
            "x": {"field": "s", "type": "quantitative", "axis": {"tickCount": 6}},
            "y": {
                "field": "value",
                "type": "quantitative",
                "title": title,
                "scale": scale,
                "axis": axis,
            },
            "color": {"field": "line", "type": "nominal", "scale": colours, "legend": None},
        },
        "layer": [
            {"mark": {"type": "line", "strokeWidth": 2, "aria": False}},
            {
                "mark": {"type": "point", "filled": True, "size": 24, "opacity": 1},
                "encoding": {"description": {"field": "said", "type": "nominal"}},
            },
        ],
    }


def _said(value: float | None, unit: str, name: str) -> str:
    if value is None:
        return "none"
    return number(value) if unit == name else f"{number(value)} {unit}"


def _stalls(stalls: Sequence[dict[str, float]]) -> dict[str, Any]:
    """Bands behind the lines; each says what it is."""
    rows = [one | {"said": f"no answer from second {one['from']:.1f} to {one['to']:.1f}"} for one in stalls]
    return {
        "data": {"values": rows},
        "mark": {"type": "rect", "opacity": 0.16, "color": "var(--bad)"},
        "encoding": {
            "x": {"field": "from", "type": "quantitative"},
            "x2": {"field": "to"},
            "y": None,
            "color": None,
            "description": {"field": "said", "type": "nominal"},
        },
    }
