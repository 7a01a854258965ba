"""The options that verbs share, and what comes of them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from bench.cli.completion import case_globs
from bench.model.app_options import AppOptions
from bench.model.errors import UsageError
from bench.model.workload import EffortName
from bench.runner.app_variables import app_variables

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
App = Annotated[str | None, typer.Option("--app", metavar="MODULE:ATTR", help="Your own app instead of targets.")]
AppDir = Annotated[Path, typer.Option("--app-dir", metavar="DIR", help="Folder to import the app from.")]
Env = Annotated[Path | None, typer.Option("--env", metavar="PATH", help="Python or venv of the app; default: found.")]
EnvFile = Annotated[Path | None, typer.Option("--env-file", metavar="FILE", help="Variables for the app (dotenv).")]
Variables = Annotated[
    list[str] | None,
    typer.Option("--variable", metavar="NAME", help="Pass this variable to the app; repeatable."),
]
Before = Annotated[str, typer.Option("--before", metavar="COMMAND", help="Run before each start of the app.")]
Port = Annotated[
    int,
    typer.Option(metavar="PORT", help="Server port; 0: any."),
]


def packages(added: Sequence[str] | None) -> tuple[str, ...]:
    """The single requirements of every `--with`."""
    return tuple(text for words in added or () for text in words.split())


def app_options(
    app: str,
    app_dir: Path,
    env: Path | None = None,
    env_file: Path | None = None,
    variables: Sequence[str] | None = None,
    before: str = "",
) -> AppOptions:
    """What the options say about somebody's own app. Raises UsageError where one can't be meant."""
    module, colon, attribute = app.partition(":")
    if not all(part.isidentifier() for part in (*module.split("."), *attribute.removesuffix("()").split("."))):
        example = f"{module}:app" if module and not colon else "app.main:app or app.main:create_app()"
        raise UsageError(f"{app!r} names no app; write MODULE:ATTR, e.g. {example}")
    if not app_dir.is_dir():
        raise UsageError(f"--app-dir {app_dir}: is no folder")
    try:
        words = tuple(shlex.split(before))
    except ValueError as error:
        raise UsageError(f"--before {before!r}: {error}") from error
    options = AppOptions(app, app_dir.resolve(), env, env_file, tuple(variables or ()), words)
    app_variables(options)  # what can't be had is said before anything is built
    return options


def effort(quick: bool, full: bool) -> EffortName:
    """Raises UsageError."""
    if quick and full:
        raise UsageError("use --quick or --full, not both")
    return EffortName.QUICK if quick else EffortName.FULL if full else EffortName.DEFAULT
