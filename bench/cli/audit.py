"""`bench audit`: what each route of somebody's own app costs, part by part."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer
from rich.text import Text

from bench.analysis.audit.findings.judge import audited
from bench.audit import requests_file
from bench.audit.coverage import printable
from bench.cli.kept import keeping, nothing_measured
from bench.cli.options import (
    DEFAULT_SERVER,
    AppDir,
    Before,
    Env,
    EnvFile,
    Full,
    Har,
    Headers,
    Quick,
    RequestsPath,
    Requirements,
    ResultsFolder,
    Server,
    Variables,
    Writes,
    app_options,
    effort,
    server_settings,
)
from bench.cli.output import Exit, console, errors, show, show_page, warn_if_disturbed
from bench.cli.progress import AuditProgress, RunProgress, starting
from bench.cli.secrets import without_logins
from bench.model.app_options import AppOptions
from bench.model.audit import Audit
from bench.model.audit_figures import AuditFigures
from bench.model.errors import UsageError
from bench.model.server import ServerSettings
from bench.model.workload import EffortName
from bench.report import audit_flames
from bench.report.exports.audit import json_text
from bench.report.publish import publish, publish_audit
from bench.runner.agent_process import AgentError
from bench.serving.server import refuse_unstartable
from bench.stack.app_environment import app_environment
from bench.store.files import write_atomically
from bench.store.recording import Recording
from bench.text.numbers import duration
from bench.workflows.app.requests import AppRequests, RequestArguments, app_plan
from bench.workflows.audit import audit as workflow
from bench.workflows.audit import flames as workflows_flames
from bench.workflows.audit import subject as audit_subject
from bench.workflows.audit.audit import AuditReady
from bench.workspace import PROJECT, RESULTS, Results


def audit(
    app: Annotated[str, typer.Argument(metavar="APP", help="App, e.g. app.main:app or app.main:create().")],
    quick: Quick = False,
    full: Full = False,
    case: Annotated[
        list[str] | None,
        typer.Option("--case", metavar="GLOB", help="Routes, e.g. 'GET /users/*'; repeatable."),
    ] = None,
    requests: RequestsPath = None,
    header: Headers = None,
    writes: Writes = False,
    har: Har = None,
    traffic: Annotated[
        Path | None, typer.Option("--traffic", metavar="FILE", help="Access log: weights of the routes.")
    ] = None,
    app_dir: AppDir = Path(),
    env: Env = None,
    requirements: Requirements = None,
    env_file: EnvFile = None,
    variable: Variables = None,
    before: Before = "",
    server: Server = DEFAULT_SERVER,
    flame: Annotated[bool, typer.Option("--flame", help="Also draw a flame graph of each route.")] = False,
    as_json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Also write the figures as JSON here.")
    ] = None,
    results: ResultsFolder = RESULTS,
) -> None:
    """Measure what each route of your own app costs, part by part."""
    options = app_options(app, app_dir, env, env_file, variable, before, requests, requirements)
    given = RequestArguments(tuple(header or ()), writes, har)
    kept, how_much = Results.kept_in(results), effort(quick, full)
    ready, asked = _prepared(options, given, traffic, how_much, tuple(case or ()), server_settings(server))
    recording = workflow.begin(ready, how_much, without_logins(sys.argv[1:]), kept.made().audits, PROJECT)
    requests_file.save(requests_file.beside(recording.folder), asked.requests)
    if not asked.path.exists():
        errors.print(
            f"bench: requests were made for this audit; `{requests_file.command(options)}` keeps them to edit and reuse"
        )
    if asked.schema_error:
        errors.print(f"bench: the app's OpenAPI schema can't be used for requests: {printable(asked.schema_error)}")
    with keeping(recording), AuditProgress(console) as progress:
        workflow.measure(recording, ready, progress)
    if flame:
        _profile(recording, ready, how_much)
    with keeping(recording):
        found = shown(recording.document, recording.folder)
        if as_json is not None:
            write_atomically(as_json, json_text(found))
    if not any(route.valid for route in found.routes):
        errors.print("bench: no route was measured; the reasons are above")
        raise typer.Exit(Exit.NO_VALID_MEASUREMENT)


def _profile(recording: Recording[Audit], ready: AuditReady, how_much: EffortName) -> None:
    """The flame graphs, which the audit's page links to."""
    folder, command = recording.folder / audit_flames.FOLDER, without_logins(sys.argv[1:])
    with keeping(recording):
        with RunProgress(console) as progress:
            profiles = workflows_flames.profile(ready.inputs.plan, how_much, command, folder, PROJECT, progress)
        publish(profiles.document, profiles.folder)


def shown(audit: Audit, folder: Path) -> AuditFigures:
    """Render, write and print an audit that lies in `folder`; its figures. Raises StoreError."""
    found = audited(audit)
    write_atomically(folder / "audit.json", json_text(found))
    document, page = publish_audit(audit, found, folder, audit_flames.addresses(folder))
    show(document)
    show_page(str(page))
    warn_if_disturbed(audit.noise)
    return found


def _prepared(
    app: AppOptions,
    given: RequestArguments,
    log: Path | None,
    how_much: EffortName,
    globs: tuple[str, ...],
    server: ServerSettings,
) -> tuple[AuditReady, AppRequests]:
    """The app, described and asked; exits when it is interrupted. Raises UsageError, StackError and CatalogError."""
    try:
        with nothing_measured(), console.status("preparing the app's environment") as status:
            environment = app_environment(app.app_dir, app.env, app.requirements)
            plan, begin_s = replace(app_plan(app, environment, how_much), server=server), perf_counter()
            refuse_unstartable(plan)
            status.update(starting(app.spec))
            subject, requests = audit_subject.found(plan, app, given, log, lambda step: status.update(Text(step)))
            took = duration(requests.start_s)
            status.update(Text(f"starting {app.spec} in two more processes, as before in {took}, to check responses"))
            plan = audit_subject.with_requests(plan, subject, requests)
            return workflow.ready(plan, subject, how_much, globs, requests.start_s, begin_s), requests
    except AgentError as error:  # the command that is to run before each launch
        raise UsageError(str(error)) from error
