"""A sweep on a terminal: what changed most first, then every step that changed, then each case over all releases."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bench.model import Verdict
from bench.pairs import Result
from bench.report.change import percent, within
from bench.report.judged import named
from bench.report.sweep import Swept, also_moved, microseconds, sentences, title
from bench.wording import listed

_STYLES = {Verdict.SLOWER: "bold red", Verdict.FASTER: "bold green"}


def print_sweep(console: Console, found: Swept) -> None:
    """Print what a sweep says."""
    sweep = found.sweep
    first, *others = sentences(found)
    console.print()
    console.print(named(first), style="bold")
    for sentence in others:
        console.print(named(sentence))
    console.print(Text(f"{title(sweep)} · Python {sweep.anchor.stack.python} · {sweep.host.cpu_model}", style="dim"))
    if found.changed:
        _section(console, "Steps", _steps(found))
        moved = {step.newer: (step.older, also_moved(step, sweep)) for step in found.changed}
        for release, (older, others) in moved.items():
            if others:
                told = f"{release} after {older} also has {listed(others)}"
                console.print(Padding(Text(told, "dim"), (0, 0, 0, 4)))
    if any(line.whole for line in found.lines):
        _section(console, f"Cases: {sweep.releases[0]} to {sweep.releases[-1]}", _cases(found))
    for one in sweep.left_out:
        console.print(Text(f"left out {one.release}: {one.reason}"), style="yellow")
    for release, case, reason in found.holes:
        console.print(Text(f"no figure of {case} in {release}: {reason}"), style="yellow")


def _steps(found: Swept) -> Table:
    table = _table(("release", False), ("case", False), ("CPU", True), ("99% interval", True), ("allocations", True))
    for step in found.changed:
        table.add_row(step.newer, step.case, _styled(step.cpu), within(step.cpu), _styled(step.allocs))
    return table


def _cases(found: Swept) -> Table:
    table = _table(
        ("case", False), ("first µs", True), ("last µs", True), ("CPU", True), ("99% interval", True),
        ("allocations", True),
    )  # fmt: skip
    for line in found.lines:
        if line.whole is None:
            continue
        known = [found.cost_us(line, point) for point in line.points if point.found]
        whole = line.whole
        table.add_row(
            line.case,
            microseconds(known[0]),
            microseconds(known[-1]),
            percent(whole.cpu),
            within(whole.cpu),
            percent(whole.allocs) if whole.allocs else "",
        )
    return table


def _styled(result: Result | None) -> Text:
    return Text(percent(result), _STYLES.get(result.verdict, "dim")) if result else Text("")


def _table(*columns: tuple[str, bool]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name, is_number in columns:
        folds = name == "case"
        table.add_column(name, justify="right" if is_number else "left", no_wrap=not folds, overflow="fold")
    return table


def _section(console: Console, heading: str, table: Table) -> None:
    console.print()
    console.print(Text(heading, style="bold underline"))
    console.print(Padding(table, (0, 0, 0, 2)))
