"""A run as it is shown: its page, and what a terminal prints."""

from __future__ import annotations

import io
from collections.abc import Mapping

from rich.console import Console

from bench.report.documents.run import document
from bench.report.renderers.html import page
from bench.report.renderers.terminal import print_document
from bench.samples import Run


def run_page(run: Run, profiles: Mapping[str, str]) -> str:
    return page(document(run, profiles))


def run_printed(run: Run, width: int = 100, profiles: Mapping[str, str] | None = None, terminal: bool = False) -> str:
    out = io.StringIO()
    print_document(
        Console(file=out, width=width, force_terminal=terminal, highlight=False, markup=False, emoji=False),
        document(run, profiles or {}),
    )
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"
