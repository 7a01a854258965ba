"""What requests hold and keep, on a terminal."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

from bench.heap import Heaps
from bench.report.heap import of
from bench.report.judged import named


def print_heaps(console: Console, heaps: Heaps, folder: Path, page: str) -> None:
    """Print the sentences of each case, and where it is drawn. Raises StoreError."""
    console.print()
    for sample in heaps.samples:
        for sentence in of(sample, folder).sentences:
            console.print(named(sentence))
    for absence in heaps.absences:
        console.print(Text(f"INVALID {absence.case}: {absence.reason}", style="bold red"))
    console.print()
    console.print(Text.assemble("Memory line by line: ", (page, "bold")))
