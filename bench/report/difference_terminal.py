"""What differs between two stacks on a terminal: what changed in a sentence, then the functions in which it did."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bench.difference import Function, stands_out
from bench.report.difference import also_moved, change, sides, title
from bench.report.difference_html import missing
from bench.report.difference_told import Told
from bench.report.difference_words import Words
from bench.report.judged import named
from bench.splice import Mark
from bench.two_stacks import TwoStacks
from bench.wording import count, listed, number, signed

_SHOWN = 10


def print_differences(console: Console, seen: TwoStacks, told: Sequence[Told], words: Words, page: Path | None) -> None:
    """Print what was seen; `page` is where it is drawn, for the last line."""
    console.print()
    console.print(Text(title(seen), style="bold"))
    if also := also_moved(seen):
        console.print(Text(f"Also moved, since nothing else can be resolved: {listed(also)}"), style="yellow")
    for one in told:
        console.print()
        for sentence in one.sentences:
            console.print(named(sentence), style="bold")
        console.print(Padding(_functions(one, sides(seen), words), (0, 0, 0, 2)))
        if one.counted:
            console.print()
            console.print(Padding(_counted(one, sides(seen)), (0, 0, 0, 2)))
        console.print(Text(one.remarks[0], style="dim"))
    for case, reason in missing(seen):
        console.print(Text(f"{case} isn't {words.unseen}: {reason}"), style="yellow")
    if not seen.complete:
        console.print(Text("It was interrupted: what was seen by then is all here, and no more."), style="yellow")
    if page is not None:
        console.print()
        console.print(Text.assemble("Before, after and difference: ", (str(page), "bold")))


def print_culprits(console: Console, told: Sequence[Told]) -> None:
    """Print where the time of what changed went, a line a case; nothing of nothing."""
    if told:
        console.print()
        console.print(Text("Where it went, by a profile of its own", style="bold underline"))
    for one in told:
        console.print(Padding(named(" ".join(one.sentences)), (0, 0, 0, 2)))


def _functions(told: Told, names: tuple[str, str], words: Words) -> Table:
    table = _table(words.own, f"change, {words.unit}", *names, "total")
    for one in told.found.functions[:_SHOWN]:
        own = _amount(one, "new", one.base.own), _amount(one, "removed", one.head.own)
        total = f"{_amount(one, 'new', one.base.total)} → {_amount(one, 'removed', one.head.total)}"
        line = f", line {told.lines[one.name]}" if told.lines.get(one.name) else ""
        table.add_row(
            f"{one.name}{line}", change(one.change), *own, total, style="" if stands_out(one.change) else "dim"
        )
    return table


def _counted(told: Told, names: tuple[str, str]) -> Table:
    table = _table("allocations of a request, by layer", *names, "change", "bytes", "change")
    for one in told.counted:
        allocs, sizes = one.allocs[1] - one.allocs[0], one.sizes[1] - one.sizes[0]
        table.add_row(
            one.layer,
            *map(count, one.allocs),
            signed(allocs, 0 if allocs.is_integer() else 1),
            count(one.sizes[1]),
            signed(sizes, 0),
        )
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(first, overflow="fold")
    for column in others:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _amount(function: Function, mark: Mark, value: float) -> str:
    """What a side takes, or why there is none on that side."""
    return mark if function.mark == mark else number(value)
