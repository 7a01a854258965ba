"""What every layer of a request costs in process: the layer cake, and each layer's least and largest cost."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from bench.analysis.run.figures import Summary
from bench.report import cells
from bench.report.document import Bar, Block, Cell, Column, Figure, Prose, Section, Shown, Table, Tone
from bench.report.document import Row as TableRow
from bench.report.figures.layer_stack import LayerBar, LayerStack, cakes, layer_stack
from bench.report.figures.palette import case_classes
from bench.report.templates import anchor
from bench.report.words.run import layer_costs
from bench.text.numbers import listed, number

_MOST_CAKES = 5
"""Where space is short, no more requests than this are shown."""
_PARENT, _LAYER, _SAVED = "░", "█", "▒"
_READING = (
    "How to read it: the last block of a bar is what that target adds; the blocks before it belong to its parents. "
    "The dark vertical line is the cost of the target measured end to end: if it isn't at the end of the blocks, "
    "the layers don't add up. The short line below the end of a block is its 95% interval. A dashed block saves "
    "time and runs back from the end of the block before it. A bar cut by a zigzag continues beyond the scale; its "
    "value is at the right."
)


def section(summary: Summary) -> Section | None:
    """None of a run without a timed case."""
    found = cakes(summary)
    if not found:
        return None
    classes = case_classes(summary.run.cases)
    if found[0].of_app:
        return _routes(found[0], classes)
    brief = _in_brief(found)
    others = [cake.request for cake in found if cake not in brief]
    blocks: list[Block] = [
        Prose(
            "What each layer adds to the one below it. One picture per request.",
            shown="page",
        )
    ]
    for cake in found:
        shown: Shown = "everywhere" if cake in brief else "page"
        figure = Figure(html=layer_stack(cake, classes), fallback=(_table(cake),))
        blocks.append(Section(cake.request, (figure,), f"cake-{anchor(cake.request)}", shown=shown))
    blocks.append(Prose(_READING, "soft", shown="page"))
    if others:
        blocks.append(Prose(f"The report also shows the requests {listed(others)}.", "soft", shown="brief"))
    blocks.append(_each_layer(summary))
    title = "The layer cake: CPU time of one request in process"
    return Section(title, tuple(blocks), "cake", "Layer cake")


def _routes(cake: LayerStack, classes: Mapping[str, str]) -> Section:
    """Of somebody's own app, whose routes stand over nothing: each as a whole."""
    said = f"Each route of the app as a whole. `bench audit {shlex.quote(cake.request)}` divides it into parts."
    figure = Figure(html=layer_stack(cake, classes), fallback=(_table(cake),))
    return Section("CPU time of one request in process", (Prose(said, "soft"), figure), "cake", "CPU time")


def _in_brief(found: Sequence[LayerStack]) -> Sequence[LayerStack]:
    """All of a few; else the first and the one with most rows."""
    if len(found) <= _MOST_CAKES:
        return found
    return found[0], max(found[1:], key=lambda cake: len(cake.rows))


def _table(cake: LayerStack) -> Table:
    columns = (
        Column("route" if cake.of_app else "target", words=True),
        Column("" if cake.of_app else "adds, µs"),
        Column("CPU, µs" if cake.of_app else "total, µs"),
        Column(f"0 to {number(cake.scale.most)} µs", bars=True),
    )
    return Table(columns, tuple(_row(cake, row) for row in cake.rows))


def _row(cake: LayerStack, row: LayerBar) -> TableRow:
    timing, layer = row.summary.timing, row.summary.added_us.value
    name = Cell(cake.name(row.summary.case))
    if timing.value is None:
        return TableRow((name, Cell(), cells.missing(timing)), depth=row.depth)
    adds = cells.marginal(layer) if layer else Cell()
    return TableRow((name, adds, cells.estimate(timing.value.cpu_us), Cell(bar=_bar(cake, row))), depth=row.depth)


def _bar(cake: LayerStack, row: LayerBar) -> Bar | None:
    """The parent's part, then the layer's own; what a layer saves is shaded at the end of the parent's part."""
    if not row.segments:
        return None
    own = row.segments[-1]
    left, right = (cake.scale.percent(at_us) / 100 for at_us in (own.left_us, own.left_us + own.width_us))
    tone: Tone = "good" if own.saves else "part"
    layer = (left, right, _SAVED if own.saves else _LAYER, tone)
    return Bar(((0.0, left, _PARENT, "soft"), layer), cut=cake.scale.cuts(row.longest_us))


def _each_layer(summary: Summary) -> Section:
    classes = case_classes(summary.run.cases)
    columns = (
        Column("layer", words=True),
        Column("least"),
        Column("in", words=True),
        Column("most"),
        Column("in", words=True),
        Column("target", words=True, code=True),
    )
    rows = tuple(
        TableRow(
            (
                Cell(layer.adds, swatch=classes[layer.adds]),
                cells.marginal(layer.least[1]),
                Cell(layer.least[0]),
                cells.marginal(layer.most[1]),
                Cell(layer.most[0]),
                Cell(layer.target),
            )
        )
        for layer in layer_costs(summary)
    )
    caption = "What a layer adds to its parent, µs of CPU per request, in its cheapest and its most expensive request."
    return Section("What each layer adds", (Table(columns, rows, caption),), "layers", shown="page")
