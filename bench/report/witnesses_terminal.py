"""The table of a served request's witnesses, on a terminal of 100 columns."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from bench.report.witnesses import costs, points, residual
from bench.statistics import Estimate
from bench.witnesses import Attribution, Line
from bench.wording import mean, number, share, within


def witnesses_table(one: Attribution) -> Table:
    """Rows are layers, columns witnesses: µs, half of the interval, and the share of the request."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("layer, µs", no_wrap=True)
    for witness in one.witnesses:
        table.add_column(witness.name, justify="right", no_wrap=True)
        table.add_column("", no_wrap=True)
        table.add_column("", justify="right", no_wrap=True)
    table.add_column("apart", justify="right", no_wrap=True)
    for line in (*one.lines, *one.sums):
        table.add_row(line.label, *_cells(one, line), Text(points(line), style="bold yellow" if line.flagged else ""))
    sums = [part for witness in one.witnesses for part in (number(witness.sum_us, 1), "", _share(one, witness.sum_us))]
    table.add_row(Text("in all", style="bold"), *sums, "")
    table.add_row("left over", *(part for one_ in one.witnesses for part in ("", "", residual(one, one_))), "")
    return table


def _cells(one: Attribution, line: Line) -> list[Text | str]:
    return [part for value, in_sum in costs(one, line) for part in _cell(one, value, in_sum)]


def _cell(one: Attribution, value: Estimate | None, in_sum: bool) -> tuple[Text | str, Text | str, Text | str]:
    if value is None:
        return Text("in a sum" if in_sum else "unknown", style="dim"), "", ""
    spread = within(value) if value.half_width is not None else ""
    return mean(value), Text(spread, style="dim"), _share(one, value.mean)


def _share(one: Attribution, cost_us: float) -> str:
    return share(one.share(cost_us))
