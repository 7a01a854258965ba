"""A machine's fitness on a terminal: a line for each thing that was looked at, below it the step to take."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.fitness import Diagnosis, Fitness
from bench.report.judged import named
from bench.wording import listed

_STYLES = {
    Fitness.FIT: "green",
    Fitness.DISTURBS: "yellow",
    Fitness.UNFIT: "bold red",
    Fitness.MISSING: "dim",
}
_IN_ALL = {
    Fitness.FIT: "Fit to measure.",
    Fitness.DISTURBS: "Usable: intervals may be wider, and what was disturbed is said in each result.",
    Fitness.UNFIT: "Unfit: some figures would be INVALID. Take the steps above first.",
}


def print_diagnosis(console: Console, diagnosis: Diagnosis) -> None:
    """Print the host, each finding with its step, what isn't told here, and what it comes to."""
    host = diagnosis.host
    console.print(Text(f"{host.cpu_model}, {host.cores} cores, {host.memory_mb:,} MB, {host.system} {host.kernel}"))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for _ in range(2):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for one in diagnosis.findings:
        table.add_row(one.about, Text(one.fitness, _STYLES[one.fitness]), Text(one.seen))
        if one.step:
            table.add_row("", "", Text.assemble("→ ", named(one.step)))
    console.print(table)
    if diagnosis.untold:
        console.print(Text(f"This machine doesn't tell its {listed(diagnosis.untold)}.", "dim"))
    console.print(Text(_IN_ALL[diagnosis.fitness], "bold"))
