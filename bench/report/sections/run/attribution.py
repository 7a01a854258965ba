"""Where one served request spends its CPU time, by several methods side by side, with the limitations of each."""

from __future__ import annotations

from collections.abc import Mapping

from bench.analysis.run.attribution import FLAGGED, Attribution, AttributionRow, Method
from bench.analysis.run.attribution_methods import attributions
from bench.analysis.run.figures import Summary
from bench.report.document import Block, Cell, Column, Facts, Figure, Prose, Row, Section, Table
from bench.report.figures.attribution_bars import picture
from bench.report.templates import anchor
from bench.stats.intervals import Estimate
from bench.text.numbers import mean, measured, number, share, signed, within

_READING = (
    "How to read it: a bar is the result of one method, its blocks are the layers from the kernel up. The dark "
    "vertical line is the request measured end to end without timers: if the blocks end elsewhere, the method "
    "leaves time unexplained or adds some. A grey block is what a method can't see."
)
_COLUMNS = (
    "µs of CPU per request, half of the 95% interval where several launches give one, and the share of the whole "
    "request. Rows of several layers are for methods that can't separate them, or not well. The spread is the "
    "difference between the largest and the smallest share, in percentage points."
)


def section(summary: Summary, profiles: Mapping[str, str]) -> Section | None:
    """None of a run without two methods that know the same case; `profiles` are folded stacks by file."""
    found = attributions(summary, profiles)
    if not found:
        return None
    said = Prose(
        "Several methods attribute the CPU time of a live request, served by uvicorn under load, to its layers. Each "
        "has limitations, so the results stand side by side, and large differences are marked. The garbage collector "
        "and the kernel are layers of their own.",
        shown="page",
    )
    parts = (_case(one, caption=_READING if index == 0 else "") for index, one in enumerate(found))
    title = "CPU time of one served request, by several methods"
    return Section(title, (said, *parts), "attribution", "Served request")


def heading(one: Attribution) -> str:
    """The whole, in a sentence."""
    launches = "one launch" if one.whole_us.n == 1 else f"{one.whole_us.n} launches"
    return (
        f"One served request of `{one.case}` takes {measured(one.whole_us, 'µs')} of the server's CPU time end to end, "
        f"measured without timers ({launches})."
    )


def flags(one: Attribution) -> list[str]:
    """What to be careful about: a large spread, a negative cost."""
    found = []
    if one.flagged:
        spread = "; ".join(f"{line.label} by {points(line)}" for line in one.flagged)
        found.append(
            f"The methods disagree by more than {FLAGGED * 100:.0f} percentage points of the request: {spread}."
        )
    negative = [(method, cell) for method in one.methods for cell in method.cells if cell.cost_us.mean < 0]
    found += [
        f"{method.name}: {' + '.join(cell.rows)} at {measured(cell.cost_us, 'µs')} is negative. The cost is smaller "
        "than the error of this method."
        for method, cell in negative
    ]
    return found


def points(line: AttributionRow) -> str:
    """How far apart the shares are."""
    if line.points is None:
        return ""
    rounded = number(line.points * 100, 0)
    return f"{rounded} {'point' if rounded == '1' else 'points'}"


def _case(one: Attribution, caption: str) -> Section:
    blocks: list[Block] = [Prose(heading(one))]
    blocks += [Prose(sentence, "warn") for sentence in flags(one)]
    blocks.append(Figure(html=picture(one), caption=caption))
    blocks.append(_table(one))
    limitations = Facts(tuple((method.name, " ".join(method.limitations)) for method in one.methods))
    blocks.append(Section("Limitations of the methods", (limitations,)))
    return Section(f"`{one.case}`", tuple(blocks), f"attribution-{anchor(one.case)}")


def _table(one: Attribution) -> Table:
    columns = [Column("layer, µs", words=True)]
    for method in one.methods:
        columns += [Column(method.name.partition(",")[0]), Column("share")]
    lines = [*one.lines, *one.sums]
    rows = [Row((Cell(line.label), *_costs(one, line), _spread(line))) for line in lines]
    sums = [Cell(text) for method in one.methods for text in (number(method.sum_us, 1), _share(one, method.sum_us))]
    rows.append(Row((Cell("total"), *sums), tone="strong"))
    rows.append(Row((Cell("unexplained"), *(cell for method in one.methods for cell in _residual(one, method)))))
    return Table((*columns, Column("spread")), tuple(rows), _COLUMNS, sortable=False)


def _costs(one: Attribution, line: AttributionRow) -> list[Cell]:
    """A line's cost and share by each method; a cost may be in a sum of several rows below."""
    made: list[Cell] = []
    for method, cost in zip(one.methods, line.costs_us, strict=True):
        if cost is None:
            made += [Cell("in a sum" if set(line.rows) <= method.covers else "unknown", tone="soft"), Cell()]
        else:
            made += [_cost(cost), Cell(_share(one, cost.mean))]
    return made


def _cost(cost: Estimate) -> Cell:
    return Cell(mean(cost), "" if cost.half_width is None else within(cost))


def _spread(line: AttributionRow) -> Cell:
    return Cell(points(line), tone="warn" if line.flagged else "")


def _residual(one: Attribution, method: Method) -> tuple[Cell, Cell]:
    """What the method leaves over and its share of the whole, or in their place why there is no such thing."""
    left = one.residual_us(method)
    if left is None:
        return Cell("partial", tone="soft"), Cell()
    if method.by_shares:
        return Cell("by shares", tone="soft"), Cell()
    return Cell(signed(left, 1)), Cell(_share(one, left))


def _share(one: Attribution, cost_us: float) -> str:
    return share(one.share(cost_us))
