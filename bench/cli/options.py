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
from bench.model.server import ServerSettings
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
    typer.Option("--with", metavar="REQS", help="Packages to add; repeatable."),
]
Servers = Annotated[
    list[str] | None,
    typer.Option("--server", metavar="TEXT", help="With --served: a server; or two."),
]
Python = Annotated[str | None, typer.Option(metavar="X.Y", help="Python version of the stack.")]
Base = Annotated[str, typer.Option(metavar="REQS", help="With --head: the stack to compare with.")]
Head = Annotated[str, typer.Option(metavar="REQS", help="With --base: the changed stack.")]
BothPythons = Annotated[str | None, typer.Option(metavar="X.Y[,X.Y]", help="Python of the stack, or of base and head.")]
Targets = Annotated[Path, typer.Option(metavar="DIR", help="Folder of targets; default: targets.", show_default=False)]
ResultsFolder = Annotated[
    Path,
    typer.Option("--results", metavar="DIR", help="Folder of results.", show_default=False),
]
Quick = Annotated[bool, typer.Option("--quick", help="Take 1 minute, with wider intervals.")]
Full = Annotated[bool, typer.Option("--full", help="Take 30 minutes, with narrow intervals.")]
_APP = "Your own app"
App = Annotated[
    list[str] | None,
    typer.Option("--app", metavar="MODULE:ATTR", help="Your own app instead of targets.", rich_help_panel=_APP),
]
AppDir = Annotated[
    Path,
    typer.Option(
        "--app-dir",
        metavar="DIR",
        help="Where it is; default: this folder.",
        show_default=False,
        rich_help_panel=_APP,
    ),
]
Env = Annotated[
    Path | None,
    typer.Option("--env", metavar="PATH", help="Its Python or venv; default: detected.", rich_help_panel=_APP),
]
EnvFile = Annotated[
    Path | None,
    typer.Option("--env-file", metavar="FILE", help="Variables for the app (dotenv).", rich_help_panel=_APP),
]
Variables = Annotated[
    list[str] | None,
    typer.Option("--variable", metavar="NAME", help="Variable to pass on; repeatable.", rich_help_panel=_APP),
]
Before = Annotated[
    str,
    typer.Option("--before", metavar="COMMAND", help="Run before each start of the app.", rich_help_panel=_APP),
]
Headers = Annotated[
    list[str] | None,
    typer.Option("--header", metavar="TEXT", help="Header, 'Name: ${VAR}'; repeatable.", rich_help_panel=_APP),
]
Writes = Annotated[bool, typer.Option("--writes", help="Also send POST, PUT, PATCH and DELETE.", rich_help_panel=_APP)]
Har = Annotated[
    Path | None, typer.Option("--har", metavar="FILE", help="Take requests from a HAR recording.", rich_help_panel=_APP)
]
RequestsPath = Annotated[
    Path | None,
    typer.Option("--requests", metavar="FILE", help="Requests file; default: layercake.json.", rich_help_panel=_APP),
]
Requirements = Annotated[
    Path | None,
    typer.Option("--requirements", metavar="FILE", help="Build the app's environment from this.", rich_help_panel=_APP),
]
Server = Annotated[
    str,
    typer.Option(metavar="TEXT", help="Server, e.g. 'uvicorn http=h11 workers=2'.", show_default=False),
]
DEFAULT_SERVER = "uvicorn"
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
    requests: Path | None = None,
    requirements: Path | None = None,
) -> AppOptions:
    """What the options say about somebody's own app. Raises UsageError where one can't be meant."""
    module, _, attribute = app.partition(":")
    if not (_dotted(module) and _dotted(attribute.removesuffix("()"))):
        raise UsageError(f"{app!r} names no app; write MODULE:ATTR, e.g. {_example(module, attribute)}")
    if not app_dir.is_dir():
        raise UsageError(f"--app-dir {app_dir}: is no folder")
    if env is not None and requirements is not None:
        raise UsageError("use --env or --requirements, not both: either says what the app's environment is")
    if requests is not None and requests.is_dir():
        raise UsageError(f"--requests {requests}: is a folder; use a file name")
    try:
        words = tuple(shlex.split(before))
    except ValueError as error:
        raise UsageError(f"--before {before!r}: {error}") from error
    from bench.runner.app_variables import app_variables  # noqa: PLC0415  reads dotenv files, which few commands have

    options = AppOptions(app, app_dir.resolve(), env, env_file, tuple(variables or ()), words, requests, requirements)
    app_variables(options)  # what can't be had is said before anything is built
    return options


def _dotted(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))


def _example(module: str, attribute: str) -> str:
    """As near as can be to what was written."""
    module = module.removesuffix(".py").replace("/", ".")
    name, bracket, _ = attribute.partition("(")
    made = f"{name if _dotted(name) else 'app'}{'()' if bracket else ''}"
    return f"{module}:{made}" if _dotted(module) else f"app.main:{made}"


def server_settings(text: str) -> ServerSettings:
    """Raises UsageError."""
    try:
        return ServerSettings.parse(text)
    except ValueError as error:
        raise UsageError(f"--server {text!r}: {error}") from None


def effort(quick: bool, full: bool) -> EffortName:
    """Raises UsageError."""
    if quick and full:
        raise UsageError("use --quick or --full, not both")
    return EffortName.QUICK if quick else EffortName.FULL if full else EffortName.DEFAULT
