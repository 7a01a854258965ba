"""One case over the releases as a small picture: its change from the anchor with its interval, and the steps marked.

Compiled to SVG when the page is built, as in `bench.report.figures.line_charts`; and all cases as one
file that stands alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import vl_convert
from markupsafe import Markup

from bench.analysis.release_steps import ReleaseLine, ReleaseStep
from bench.model.comparison import Verdict
from bench.report.figures.line_charts import CONFIG
from bench.report.templates import render
from bench.report.words.comparison import percent, within
from bench.report.words.sweep import SweepNarrative, microseconds, title
from bench.text.numbers import MINUS, changed_by, share

SIZES = {"wide": (430, 170), "narrow": (280, 170)}
"""Of one case's picture, px, by the class of its container."""
_ALONE = (330, 130)
_LABEL_PX, _CHARACTER_PX, _GAP_PX = 14, 7.0, 8
_COLOURS = {Verdict.FASTER: "var(--good)", Verdict.SLOWER: "var(--bad)"}
_SHAPES = {Verdict.FASTER: "triangle-down", Verdict.SLOWER: "triangle-up"}
_SIGNED = f"(datum.value > 0 ? '+' : datum.value < 0 ? '{MINUS}' : '') + format(abs(datum.value), '~g') + '%'"

# A picture in a README has no page around it: it brings both themes, and a ground of its own beneath either.
_THEMES = """<style>
svg { --surface: #fdfdfc; --ink: #17191d; --ink-soft: #565c66; --line: #e2e4e8; --line-strong: #a9afb9;
  --link: #0b57a4; --good: #17663a; --bad: #b3261e;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif; }
@media (prefers-color-scheme: dark) { svg { --surface: #131519; --ink: #e7e9ec; --ink-soft: #a2a9b4; --line: #2c3038;
  --line-strong: #5c6470; --link: #8abaf5; --good: #7fd6a0; --bad: #ff9c94; } }
</style><rect width="100%" height="100%" rx="6" fill="var(--surface)"/>"""


def picture(found: SweepNarrative, line: ReleaseLine) -> Markup:
    """One case, drawn for wide and for narrow pages; of a case that two releases have at the least."""
    drawn = {name: vl_convert.vegalite_to_svg(_whole(_case(found, line, *size))) for name, size in SIZES.items()}
    charts = {name: Markup(svg) for name, svg in drawn.items()}  # noqa: S704 - its compiler escapes the data
    return render("figures/charts.html", legend=(), charts=charts)


def alone(found: SweepNarrative) -> str | None:
    """All cases as one SVG file, for light and dark; None where no case has two releases."""
    drawn = [line for line in found.lines if line.whole]
    if not drawn:
        return None
    sweep = found.sweep
    rows = max(_rows(_marks(line, _ALONE[0])) for line in drawn)
    spec = _whole(
        {
            "title": {
                "text": f"CPU time of one request, {title(sweep)}",
                "subtitle": f"relative to {sweep.anchored}, with 99% intervals; "
                f"marks: steps larger than {share(sweep.words.margin)}",
                "anchor": "start",
                "offset": 14,
            },
            "columns": 2,
            "spacing": {"row": 26, "column": 30},
            "concat": [_case(found, line, *_ALONE) | {"title": _name(found, line, rows)} for line in drawn],
            "padding": 14,
        }
    )
    svg = vl_convert.vegalite_to_svg(spec)
    opening, _, rest = svg.partition(">")
    return f"{opening}>{_THEMES}{rest}\n"


def _whole(spec: Mapping[str, Any]) -> dict[str, Any]:
    heading = {"color": "var(--ink)", "font": "inherit", "subtitleColor": "var(--ink-soft)", "subtitleFont": "inherit"}
    config = {**CONFIG, "title": {**heading, "fontSize": 13, "fontWeight": 600, "subtitleFontSize": 12}}
    schema = "https://vega.github.io/schema/vega-lite/v6.json"
    return {"$schema": schema, "background": None, "config": config, **spec}


def _name(found: SweepNarrative, line: ReleaseLine, rows: int) -> dict[str, Any]:
    """Above as many rows of labels as any picture has: those beside each other begin alike."""
    us, own = microseconds(found.anchor_us.get(line.case)), _rows(_marks(line, _ALONE[0]))
    offset = 6 + _LABEL_PX * (rows - own) + (0 if own else -3)
    subtitle = f"{us} µs in {found.sweep.anchored}"
    return {"text": line.case, "subtitle": subtitle, "anchor": "start", "frame": "group", "offset": offset}


def _case(found: SweepNarrative, line: ReleaseLine, width: int, height: int) -> dict[str, Any]:
    points, marks = _points(line), _marks(line, width)
    x = {
        "field": "release",
        "type": "ordinal",
        "title": None,
        "scale": {"domain": [point.release for point in line.points]},
        "axis": {"labelAngle": -45, "labelOverlap": True, "grid": False},
    }
    y = {
        "field": "change",
        "type": "quantitative",
        "title": None,
        "scale": {"domain": _domain(points, found.sweep.words.margin), "nice": True, "zero": False},
        "axis": {"tickCount": 5, "labelExpr": _SIGNED},
    }
    band = {"y": y | {"field": "low"}, "y2": {"field": "high"}}
    return {
        "width": width,
        "height": height,
        "data": {"values": points},
        "encoding": {"x": x, "y": y},
        "layer": [
            {"mark": {"type": "area", "color": "var(--link)", "opacity": 0.22, "aria": False}, "encoding": band},
            {"mark": {"type": "line", "color": "var(--link)", "strokeWidth": 2, "aria": False}},
            {
                "mark": {"type": "point", "filled": True, "size": 30, "opacity": 1, "color": "var(--link)"},
                "encoding": {"description": {"field": "said", "type": "nominal"}},
            },
            *_marked(marks, height),
        ],
    }


def _points(line: ReleaseLine) -> list[dict[str, object]]:
    return [
        {
            "release": point.release,
            "change": 100 * (point.found.ratio - 1),
            "low": 100 * (point.found.low - 1),
            "high": 100 * (point.found.high - 1),
            "said": f"{line.case}, {point.release}: {changed_by(point.found.ratio)}, "
            f"{changed_by(point.found.low)} to {changed_by(point.found.high)}",
        }
        for point in line.points
        if point.found
    ]


def _domain(points: Sequence[Mapping[str, Any]], margin: float) -> list[float]:
    """From the least to the most, but so far about the anchor at the least that what doesn't matter looks so."""
    least = 200 * margin
    return [min(-least, *(one["low"] for one in points)), max(least, *(one["high"] for one in points))]


def _rows(marks: Sequence[Mapping[str, Any]]) -> int:
    """How many rows of labels there are."""
    return max((one["row"] + 1 for one in marks), default=0)


def _marks(line: ReleaseLine, width: int) -> list[dict[str, Any]]:
    """The steps of CPU time that are called changed, each with a label on the lowest row where it has room."""
    releases = [point.release for point in line.points]
    rows: list[float] = []
    made: list[dict[str, Any]] = []
    values = {point.release: 100 * (point.found.ratio - 1) for point in line.points if point.found}
    for step in line.steps:
        if step.cpu not in step.changed:
            continue
        text = f"{step.newer} {percent(step.cpu)}"
        middle, half = (releases.index(step.newer) + 0.5) * width / len(releases), _CHARACTER_PX * len(text) / 2
        align = "left" if middle < half else "right" if middle > width - half else "center"
        left = middle - {"left": 0, "center": half, "right": 2 * half}[align]
        row = next((index for index, taken in enumerate(rows) if taken + _GAP_PX <= left), len(rows))
        rows[row : row + 1] = [left + 2 * half]
        made.append(
            {
                "release": step.newer,
                "change": values[step.newer],
                "text": text,
                "align": align,
                "row": row,
                "top": -6 - _LABEL_PX * row,
                "colour": _COLOURS[step.cpu.verdict],
                "shape": _SHAPES[step.cpu.verdict],
                "said": _said(step),
            }
        )
    return made


def _said(step: ReleaseStep) -> str:
    return f"{step.case}, {step.newer} after {step.older}: {step.cpu.verdict}, {percent(step.cpu)}, {within(step.cpu)}"


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
