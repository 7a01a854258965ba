"""The table of a served request's witnesses, on a terminal of 100 columns."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from bench.report.witnesses import costs, points, residual
from bench.statistics import Estimate
from bench.witnesses import Attribution, Line
from bench.wording import mean, number, share, within


def witnesses_table(one: Attribution) -> Table:
    """Rows are layers, columns witnesses: µs with half of the interval, and the share of the request."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("layer, µs", no_wrap=True)
    for witness in one.witnesses:
        table.add_column(witness.name.partition(",")[0], justify="right", no_wrap=True)
        table.add_column("", justify="right", no_wrap=True)
    table.add_column("apart", justify="right", no_wrap=True)
    for line in (*one.lines, *one.sums):
        table.add_row(line.label, *_cells(one, line), Text(points(line), style="bold yellow" if line.flagged else ""))
    sums = [part for witness in one.witnesses for part in (number(witness.sum_us, 1), share(one.share(witness.sum_us)))]
    table.add_row(*(Text(part, style="bold") for part in ("in all", *sums)))
    table.add_row("left over", *(part for witness in one.witnesses for part in residual(one, witness)))
    return table


def _cells(one: Attribution, line: Line) -> list[Text]:
    return [part for value, in_sum in costs(one, line) for part in _cell(one, value, in_sum)]


def _cell(one: Attribution, value: Estimate | None, in_sum: bool) -> tuple[Text, Text]:
    if value is None:
        return Text("in a sum" if in_sum else "unknown", style="dim"), Text("")
    spread = "" if value.half_width is None else f" {within(value)}"
    return Text.assemble(mean(value), (spread, "dim")), Text(share(one.share(value.mean)))
