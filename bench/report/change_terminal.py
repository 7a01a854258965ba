"""A comparison on a terminal: the verdict first, then what changed, then the rest. 100 columns are enough."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bench.counts import COUNTS
from bench.model import Verdict
from bench.pairs import Comparison, Metric
from bench.report.change import (
    LABELS,
    MEASURES,
    Row,
    also_moved,
    dissent,
    notes,
    percent,
    remark,
    rows,
    sentence,
    title,
    within,
    witnesses,
)
from bench.report.judged import named
from bench.wording import listed

_STYLES = {
    Verdict.SLOWER: "bold red",
    Verdict.FASTER: "bold green",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.INCOMPARABLE: "yellow",
    Verdict.EQUIVALENT: "dim",
}

_HEADS: dict[Metric, str] = LABELS | {"server_cpu_us": "CPU", "latency_p50_ms": "p50", "latency_p99_ms": "p99"}
"""The metrics as a narrow table heads them, below a heading that says what is compared."""


def print_comparison(console: Console, comparison: Comparison) -> None:
    """Print what a comparison says."""
    found = rows(comparison)
    columns = witnesses(found)
    console.print()
    console.print(named(sentence(comparison)), style="bold")
    console.print(Text(title(comparison)))
    if others := also_moved(comparison):
        console.print(Text(f"Also moved, since nothing else can be resolved: {listed(others)}"), style="yellow")
    changed = [row for row in found if row.changed]
    _section(console, f"Changed: {MEASURES[comparison.gate]}, head against base", changed, columns)
    for one in comparison.disagreements:
        console.print()
        console.print(named(f"`{one.case}` isn't timed, for the stacks answer differently."), style="yellow")
        console.print(Padding(Text(f"base {one.base}\nhead {one.head}"), (0, 0, 0, 2)))
    _section(console, "Unchanged, or not known", [row for row in found if not row.changed], columns)
    if doubtful := [row for row in found if row.dissenting]:
        console.print()
        console.print(Text("Where the witnesses disagree:"), style="yellow")
        for row in doubtful:
            console.print(Padding(Text(f"{row.case}: {dissent(row)}"), (0, 0, 0, 2)))
    for absence in comparison.absences:
        if absence.kind == "skipped":
            console.print(Text(f"skipped {absence.case}: {absence.reason}"), style="dim")
    _foot(console, comparison)


def _foot(console: Console, comparison: Comparison) -> None:
    told = notes(comparison)
    if comparison.selftest is None and comparison.budget_s:
        told.append("No self-test of this host yet: `bench selftest` says what its comparisons can be trusted with")
    if told:
        console.print()
    for note in told:
        console.print(named(f"{note}."), style="dim")


def print_place(console: Console, page: str) -> None:
    """Print where the page of a comparison lies."""
    console.print()
    console.print(Text.assemble("The whole report: ", (page, "bold")))


def _section(console: Console, heading: str, found: Sequence[Row], columns: Sequence[Metric]) -> None:
    if not found:
        return
    gate: Metric = next((row.decisive.metric for row in found if row.decisive), "cpu_us")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("case", overflow="fold")  # what gives way where the columns are too many
    table.add_column("verdict", no_wrap=True)
    intervals = [] if gate in COUNTS else ["99% interval"]
    for column in (_HEADS[gate], *intervals, *(_HEADS[name] for name in columns)):
        table.add_column(column, justify="right", no_wrap=True)
    for row in found:
        one = row.decisive
        said = Text(row.verdict if one is None or one.valid else "", _STYLES[row.verdict])
        measured = [percent(one) if one else "", *(within(one) if one else "" for _ in intervals)]
        others = [percent(row.witnesses[name]) if name in row.witnesses else "" for name in columns]
        table.add_row(row.case, said, *measured, *others)
    console.print()
    console.print(Text(heading, style="bold underline"))
    console.print(Padding(table, (0, 0, 0, 2)))
    for row in found:
        if row.decisive and (remarks := remark(row.decisive)):
            console.print(Padding(Text(f"{row.case}: {remarks}", "dim"), (0, 0, 0, 4)))
