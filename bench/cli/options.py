"""The options that verbs share, and what comes of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from bench.cli.completion import case_globs
from bench.model.errors import UsageError
from bench.model.workload import EffortName

Cases = Annotated[
    list[str] | None,
    typer.Option("--case", metavar="GLOB", help="Cases, e.g. 'deps_*'; repeatable.", autocompletion=case_globs),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print only JSON.")]
Stack = Annotated[
    str,
    typer.Option(metavar="REQS", help="Versions: 'fastapi==0.115.6'."),
]
With = Annotated[
    list[str] | None,
    typer.Option("--with", metavar="REQS", help="Packages to add to each stack; repeatable."),
]
Python = Annotated[str | None, typer.Option(metavar="X.Y", help="Python version of the stack.")]
Base = Annotated[str, typer.Option(metavar="REQS", help="With --head: the stack to compare with.")]
Head = Annotated[str, typer.Option(metavar="REQS", help="With --base: the changed stack.")]
BothPythons = Annotated[str | None, typer.Option(metavar="X.Y[,X.Y]", help="Python of the stack, or of base and head.")]
Targets = Annotated[Path, typer.Option(metavar="DIR", help="Target dir.", show_default="targets")]
ResultsFolder = Annotated[
    Path,
    typer.Option("--results", metavar="DIR", help="Folder of results.", show_default=False),
]
Quick = Annotated[bool, typer.Option("--quick", help="Take 1 minute, with wider intervals.")]
Full = Annotated[bool, typer.Option("--full", help="Take 30 minutes, with narrow intervals.")]
Port = Annotated[
    int,
    typer.Option(metavar="PORT", help="Server port; 0: any."),
]


def packages(added: Sequence[str] | None) -> tuple[str, ...]:
    """The single requirements of every `--with`."""
    return tuple(text for words in added or () for text in words.split())


def effort(quick: bool, full: bool) -> EffortName:
    """Raises UsageError."""
    if quick and full:
        raise UsageError("use --quick or --full, not both")
    return EffortName.QUICK if quick else EffortName.FULL if full else EffortName.DEFAULT
