"""pytest-benchmark's result on a terminal: its own statistics, in µs, one line a case."""

from __future__ import annotations

import json

from rich.console import Console
from rich.table import Table

from bench.wording import number


def print_benchmarks(console: Console, result: str) -> None:
    """Print the cases of pytest-benchmark's JSON, `result`, by group in its order."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("pytest-benchmark, µs a request", no_wrap=True)
    for column in ("min", "median", "IQR", "rounds"):
        table.add_column(column, justify="right")
    for benchmark in json.loads(result)["benchmarks"]:
        stats = benchmark["stats"]
        times = (number(stats[name] * 1e6) for name in ("min", "median", "iqr"))
        table.add_row(benchmark["extra_info"]["case"], *times, number(stats["rounds"], 0))
    console.print()
    console.print(table)
    console.print("Elapsed time, and with it a turn of the event loop in every case: compare, don't quote.")
