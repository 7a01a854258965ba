"""The CPU time of a served request as bars, one for each method."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from bench.analysis.run.attribution import ROWS, Attribution, Layers, Method
from bench.report.figures.axes import Scale
from bench.report.figures.palette import layer_class
from bench.report.templates import render
from bench.text.numbers import number


@dataclass(frozen=True)
class BarBlock:
    """A block of a bar, in µs from its left end."""

    css: str
    words: str
    left_us: float
    width_us: float
    share: float


@dataclass(frozen=True)
class MethodBar:
    """The result of one method, as blocks; `words` is for those who can't see them."""

    name: str
    sum_us: float
    parts: tuple[BarBlock, ...]
    words: str


@dataclass(frozen=True)
class Bars:
    """All methods of a case on one scale in µs; `legend` is (text, CSS class)."""

    bars: tuple[MethodBar, ...]
    legend: tuple[tuple[str, str], ...]
    scale: Scale


def picture(one: Attribution) -> Markup:
    """The bars drawn."""
    return render("figures/attribution.html", drawn=bars(one), whole_us=one.whole_us)


def bars(one: Attribution) -> Bars:
    """The picture of a case. A negative cost has no block: the table shows it."""
    drawn = tuple(_bar(one, method) for method in one.methods)
    legend = [(" + ".join(cell.rows), _css(cell.rows)) for method in one.methods for cell in method.cells]
    ordered = sorted(dict.fromkeys(legend), key=lambda entry: ROWS.index(entry[0].split(" + ")[0]))
    ends = [bar.parts[-1].left_us + bar.parts[-1].width_us for bar in drawn if bar.parts]
    return Bars(drawn, tuple(ordered), Scale.over([*ends, one.whole_us.mean]))


def _bar(one: Attribution, method: Method) -> MethodBar:
    blocks = [(cell.rows, cell.cost_us.mean) for cell in method.cells if cell.cost_us.mean > 0]
    if one.residual_us(method) is None:
        blocks.insert(0, (("not covered",), max(0.0, one.whole_us.mean - method.sum_us)))
    parts: list[BarBlock] = []
    at_us = 0.0
    for rows, cost_us in blocks:
        words = f"{' + '.join(rows)}: {number(cost_us)} µs"
        parts.append(BarBlock(_css(rows), words, at_us, cost_us, one.share(cost_us)))
        at_us += cost_us
    return MethodBar(
        method.name, method.sum_us, tuple(parts), f"{method.name}: {', '.join(part.words for part in parts)}"
    )


def _css(rows: Layers) -> str:
    """The colour of the layer that a block begins with, grey for what isn't seen."""
    return layer_class(rows[-1 if rows[0] == "kernel" else 0].partition(",")[0]) if rows[0] in ROWS else "rest"
