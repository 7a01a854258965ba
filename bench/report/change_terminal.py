"""A comparison on a terminal: the verdict first, then what changed, then the rest. 100 columns are enough."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bench.model import Verdict
from bench.pairs import Comparison
from bench.report.change import Row, also_moved, not_ruled_out, percent, rows, sentence, title, within
from bench.report.judged import named
from bench.wording import listed

_STYLES = {
    Verdict.SLOWER: "bold red",
    Verdict.FASTER: "bold green",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.INCOMPARABLE: "yellow",
    Verdict.EQUIVALENT: "dim",
}


def print_comparison(console: Console, comparison: Comparison, page: str | None = None) -> None:
    """Print what a comparison says; `page` is where its report lies, for the last line."""
    found = rows(comparison)
    console.print()
    console.print(named(sentence(comparison)), style="bold")
    console.print(Text(title(comparison)))
    if others := also_moved(comparison):
        console.print(Text(f"Also moved, since nothing else can be resolved: {listed(others)}"), style="yellow")
    changed = [row for row in found if row.changed]
    _section(console, "Changed: CPU time of one request, head against base", changed)
    for one in comparison.disagreements:
        console.print()
        console.print(named(f"`{one.case}` isn't timed, for the stacks answer differently."), style="yellow")
        console.print(Padding(Text(f"base {one.base}\nhead {one.head}"), (0, 0, 0, 2)))
    _section(console, "Unchanged, or not known", [row for row in found if not row.changed])
    if doubtful := [row for row in found if row.witnesses_disagree]:
        console.print()
        console.print(Text("Their allocations changed though their CPU time did not:"), style="yellow")
        for row in doubtful:
            assert row.allocs is not None  # noqa: S101
            console.print(Padding(Text(f"{row.case}: {percent(row.allocs)} allocations"), (0, 0, 0, 2)))
    for absence in comparison.absences:
        if absence.kind == "skipped":
            console.print(Text(f"skipped {absence.case}: {absence.reason}"), style="dim")
    if page is not None:
        console.print()
        console.print(Text.assemble("The whole report: ", (page, "bold")))


def _section(console: Console, heading: str, found: Sequence[Row]) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column, side in (("case", "left"), ("verdict", "left"), ("CPU", "right"), ("99% interval", "right")):
        table.add_column(column, justify=side, no_wrap=True)  # type: ignore[arg-type]
    some_open = any(row.cpu and not_ruled_out(row.cpu) for row in found)
    if some_open:
        table.add_column("can't rule out", justify="right", no_wrap=True)
    table.add_column("allocations", justify="right", no_wrap=True)
    for row in found:
        cpu, style = row.cpu, _STYLES[row.verdict]
        measured = (percent(cpu), within(cpu)) if cpu and cpu.ratio is not None else ("INVALID" if cpu else "", "")
        allocs = percent(row.allocs) if row.allocs else ""
        said = row.verdict if cpu is None or cpu.valid else ""
        table.add_row(
            row.case, Text(said, style), *measured, *([not_ruled_out(cpu) if cpu else ""] if some_open else []), allocs
        )
    if table.row_count:
        console.print()
        console.print(Text(heading, style="bold underline"))
        console.print(Padding(table, (0, 0, 0, 2)))
        for row in found:
            if row.cpu and row.cpu.reasons:
                console.print(Padding(Text(f"{row.case}: {'; '.join(row.cpu.reasons)}", "dim"), (0, 0, 0, 4)))
