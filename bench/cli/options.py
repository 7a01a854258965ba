"""The options that verbs share, and what comes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.cli.completion import case_globs
from bench.model.workload import EffortName
from bench.workflows.request import UsageError

Cases = Annotated[
    list[str] | None,
    typer.Option(
        "--case", metavar="GLOB", help="Only these cases, 'fastapi_*' say; may be repeated.", autocompletion=case_globs
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")]
Stack = Annotated[
    str,
    typer.Option(metavar="REQS", help="Requirements of the stack, such as 'fastapi==0.115.6'; others stay as locked."),
]
Python = Annotated[str | None, typer.Option(metavar="X.Y", help="The stack's Python; the harness's own without it.")]
Base = Annotated[str, typer.Option(metavar="REQS", help="With --head, the stack to differ from.")]
Head = Annotated[str, typer.Option(metavar="REQS", help="With --base, the stack that is asked about.")]
BothPythons = Annotated[
    str | None, typer.Option(metavar="X.Y[,X.Y]", help="The stack's Python, or the base's and the head's.")
]
Targets = Annotated[Path, typer.Option(metavar="DIR", help="Folder of target files.", show_default="targets")]
ResultsFolder = Annotated[
    Path,
    typer.Option(
        "--results", metavar="DIR", help="Folder that results are kept in.", show_default="results, or .layercake"
    ),
]
Quick = Annotated[bool, typer.Option("--quick", help="Take about a minute: fewer launches, wider intervals.")]
Full = Annotated[bool, typer.Option("--full", help="Take about half an hour: most launches, narrowest intervals.")]
Port = Annotated[
    int,
    typer.Option(
        min=0, max=65535, metavar="PORT", help="The port that servers listen on, on loopback; 0 takes any free one."
    ),
]


def effort(quick: bool, full: bool) -> EffortName:
    """Raises UsageError."""
    if quick and full:
        raise UsageError("--quick and --full exclude each other; leave one out")
    return EffortName.QUICK if quick else EffortName.FULL if full else EffortName.DEFAULT
