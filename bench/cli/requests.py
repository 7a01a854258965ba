"""`bench requests`: a request for each route of somebody's own app, found, asked, and written to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from bench.audit import requests_file
from bench.cli.options import (
    AppDir,
    AsJson,
    Before,
    Env,
    EnvFile,
    Har,
    Headers,
    RequestsPath,
    Requirements,
    Variables,
    Writes,
    app_options,
)
from bench.cli.output import Exit, console, errors, print_json, show
from bench.cli.progress import starting
from bench.model.app_options import AppOptions
from bench.report.documents import coverage
from bench.report.exports.coverage import json_text
from bench.stack.app_environment import app_environment
from bench.workflows.app.requests import AppRequests, RequestArguments, app_plan, find_requests


def requests_command(
    app: Annotated[str, typer.Argument(metavar="APP", help="Your app, e.g. app.main:app.")],
    header: Headers = None,
    writes: Writes = False,
    har: Har = None,
    requests: RequestsPath = None,
    app_dir: AppDir = Path(),
    env: Env = None,
    requirements: Requirements = None,
    env_file: EnvFile = None,
    variable: Variables = None,
    before: Before = "",
    as_json: AsJson = False,
) -> None:
    """Find a request for each route of your own app; write them to a file.

    The file is layercake.json beside the app. Edit and commit it: what you wrote stays when the command is repeated.
    """
    options = app_options(app, app_dir, env, env_file, variable, before, requests, requirements)
    found = _found(options, RequestArguments(tuple(header or ()), writes, har), quiet=as_json)
    requests_file.save(found.path, found.requests)
    if as_json:
        print_json(json_text(found.requests, found.coverage, file=found.path.name, gone=found.gone))
    else:
        show(
            coverage.document(
                found.requests,
                found.coverage,
                file=found.path.name,
                gone=found.gone,
                unset=found.unset,
                schema_error=found.schema_error,
                shadowed=found.description.shadowed,
                slash_redirects=found.description.slash_redirects,
            )
        )
    if not any(one.measured for one in found.coverage):
        errors.print(f"bench: no route can be measured; the reasons are {'in `routes`' if as_json else 'above'}")
        raise typer.Exit(Exit.NO_VALID_MEASUREMENT)


def _found(options: AppOptions, given: RequestArguments, *, quiet: bool) -> AppRequests:
    """Exits when it is interrupted: no file has been written then."""
    try:
        with (errors if quiet else console).status("preparing the app's environment") as status:
            plan = app_plan(options, app_environment(options.app_dir, options.env, options.requirements))
            status.update(starting(options.spec))
            return find_requests(plan, options, given, lambda step: status.update(Text(step)))
    except KeyboardInterrupt:
        errors.print("interrupted; no requests were written")
        raise typer.Exit(Exit.INTERRUPTED) from None
