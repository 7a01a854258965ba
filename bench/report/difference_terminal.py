"""Two stacks' profiles on a terminal: what changed in a sentence, then the functions in which it did."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bench.difference import Difference, Function, stands_out
from bench.flames import Flames
from bench.report.difference import also_moved, change, fits, sentences, sides, title
from bench.report.difference_html import missing
from bench.report.judged import named
from bench.splice import Mark
from bench.wording import listed, number

_SHOWN = 10


def print_differences(console: Console, flames: Flames, found: Sequence[Difference], page: str | None) -> None:
    """Print what the profiles say; `page` is where they are drawn, for the last line."""
    console.print()
    console.print(Text(title(flames), style="bold"))
    if also := also_moved(flames):
        console.print(Text(f"Also moved, since nothing else can be resolved: {listed(also)}"), style="yellow")
    for one in found:
        console.print()
        for sentence in sentences(one):
            console.print(named(sentence), style="bold")
        console.print(Padding(_table(one, sides(flames)), (0, 0, 0, 2)))
        console.print(Text(fits(one), style="dim"))
    for case, reason in missing(flames):
        console.print(Text(f"{case} isn't profiled: {reason}"), style="yellow")
    if page is not None:
        console.print()
        console.print(Text.assemble("Before, after and difference: ", (page, "bold")))


def print_culprits(console: Console, found: Sequence[Difference]) -> None:
    """Print where the time of what changed went, a line a case; nothing of nothing."""
    if found:
        console.print()
        console.print(Text("Where it went, by a profile of its own", style="bold underline"))
    for one in found:
        console.print(Padding(named(" ".join(sentences(one))), (0, 0, 0, 2)))


def _table(found: Difference, names: tuple[str, str]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("own time, and what is new below it", overflow="fold")
    for column in ("change, µs", names[0], names[1], "total"):
        table.add_column(column, justify="right", no_wrap=True)
    for one in found.functions[:_SHOWN]:
        own = _us(one, "new", one.base.own_us), _us(one, "removed", one.head.own_us)
        total = f"{_us(one, 'new', one.base.total_us)} → {_us(one, 'removed', one.head.total_us)}"
        table.add_row(one.name, change(one.change_us), *own, total, style="" if stands_out(one.change_us) else "dim")
    return table


def _us(function: Function, mark: Mark, value: float) -> str:
    """A time, or why there is none on that side."""
    return mark if function.mark == mark else number(value)
