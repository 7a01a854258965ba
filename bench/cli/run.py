"""The verbs that measure one stack: what they have in common is what is measured, stored, rendered and printed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from typing import Annotated

import typer

from bench.analysis.run import checks
from bench.analysis.run.summary import summarise
from bench.cli.kept import keeping, nothing_measured
from bench.cli.options import (
    DEFAULT_SERVER,
    Cases,
    Full,
    Python,
    Quick,
    ResultsFolder,
    Server,
    Stack,
    Targets,
    With,
    effort,
    packages,
    server_settings,
)
from bench.cli.output import Exit, console, errors, show, show_page, warn_if_disturbed
from bench.cli.own_app import with_app
from bench.cli.progress import RunProgress
from bench.cli.secrets import without_logins
from bench.measure.job import Loads
from bench.measure.passes import PASSES
from bench.model.app_options import AppOptions
from bench.model.run import MissingSample, Run
from bench.model.workload import Pass
from bench.report.documents import pytest_benchmark, run
from bench.report.exports import objectives
from bench.report.publish import publish
from bench.report.words.comparison import arrows
from bench.runner import contract, services
from bench.runner.plan import Plan
from bench.serving.server import refuse_unstartable
from bench.stack.recipe import Recipe
from bench.store import documents
from bench.store.recording import Recording
from bench.text.numbers import listed
from bench.workflows import elsewhere, load_selection, planning, stacks
from bench.workflows import run as workflows_run
from bench.workflows.app import traffic
from bench.workflows.request import MeasurementRequest
from bench.workspace import PROJECT, RESULTS, TARGETS, Results

Also = Callable[[Recording[Run], Plan], None]


@with_app
def run_command(
    quick: Quick = False,
    full: Full = False,
    case: Cases = None,
    stack: Stack = "",
    added: With = None,
    python: Python = None,
    targets: Targets = TARGETS,
    results: ResultsFolder = RESULTS,
    server: Server = DEFAULT_SERVER,
    app: AppOptions | None = None,
) -> None:
    """Measure one stack and write a report."""
    passes = tuple(one for one in Pass if not quick or PASSES[one].quick)
    chosen = MeasurementRequest(
        passes,
        effort(quick, full),
        tuple(case or ()),
        tuple(stack.split()),
        python,
        targets,
        added=packages(added),
        app=app,
        server=server_settings(server),
    )
    measure(chosen, Results.kept_in(results))


@with_app
def layers(
    attributed: Annotated[
        list[str] | None,
        typer.Argument(metavar="CASE", help="Cases to break down behind uvicorn too."),
    ] = None,
    quick: Quick = False,
    full: Full = False,
    case: Cases = None,
    stack: Stack = "",
    added: With = None,
    python: Python = None,
    targets: Targets = TARGETS,
    results: ResultsFolder = RESULTS,
    server: Server = DEFAULT_SERVER,
    app: AppOptions | None = None,
) -> None:
    """Measure what each layer adds to a request, in process.

    For each CASE, also break down one request behind uvicorn. --case limits what is measured.
    """
    named = tuple(attributed or ())
    passes = (Pass.TIMING, Pass.ALLOCATIONS, *((Pass.BOUNDARIES, Pass.SERVED_PROFILE) if named else ()))
    globs = (*named, *(case or ()))
    chosen = MeasurementRequest(
        passes,
        effort(quick, full),
        globs,
        tuple(stack.split()),
        python,
        targets,
        attributed=named,
        added=packages(added),
        app=app,
        server=server_settings(server),
    )
    measure(chosen, Results.kept_in(results))


@with_app
def suite(
    quick: Quick = False,
    full: Full = False,
    case: Cases = None,
    stack: Stack = "",
    added: With = None,
    python: Python = None,
    targets: Targets = TARGETS,
    results: ResultsFolder = RESULTS,
    app: AppOptions | None = None,
) -> None:
    """Run the cases as a pytest-benchmark suite in the stack."""
    chosen = MeasurementRequest(
        (Pass.SUITE,),
        effort(quick, full),
        tuple(case or ()),
        tuple(stack.split()),
        python,
        targets,
        added=packages(added),
        app=app,
    )
    measured = measure(chosen, Results.kept_in(results))
    show(pytest_benchmark.document((measured.folder / documents.SUITE_FILE).read_text("utf-8")))


def measure(chosen: MeasurementRequest, results: Results, also: Also | None = None) -> Recording[Run]:
    """Measure, store, render, print; exits with 3 when nothing of it may be believed."""
    recording = observe(chosen, results, also=also)
    with _keeping(recording):
        document, page = publish(recording.document, recording.folder)
    show(document)
    show_page(str(page))
    warn_if_disturbed(recording.document.noise)
    if not _any_valid(recording.document):
        errors.print("bench: no valid measurement; the reasons are above")
        raise typer.Exit(Exit.NO_VALID_MEASUREMENT)
    _hold_to_objectives(recording.document)
    return recording


def _hold_to_objectives(measured: Run) -> None:
    """Exits where a load didn't meet what was required of it, or nothing valid tells whether it did."""
    if not objectives.required(measured):
        return
    found = list(objectives.rows(summarise(measured)))
    for one in found:
        if not one.met:
            outcome = "objective not met" if one.met is False else "objective not known"
            errors.print(f"bench: {outcome}: {one.case}, {one.scenario}: {one.objective}; {one.found}")
    if any(one.met is False for one in found):
        raise typer.Exit(Exit.OBJECTIVE_NOT_MET)
    if any(one.met is None for one in found):
        raise typer.Exit(Exit.NO_VALID_MEASUREMENT)


def observe(
    chosen: MeasurementRequest,
    results: Results,
    recipe: Recipe | None = None,
    preferred: Mapping[str, str] | None = None,
    also: Also | None = None,
) -> Recording[Run]:
    """Measure and store, by `choice.plan`; exits when it is interrupted or can't be kept.

    `also` comes last, while what runs beside the targets is still there.
    """
    with ExitStack() as running:
        with nothing_measured():
            plan, loads, absences = _prepared(chosen, recipe, preferred, running)
        command = without_logins(sys.argv[1:])
        recording = workflows_run.begin(plan, chosen.effort, absences, command, results.made().runs, PROJECT)
        with _keeping(recording), RunProgress(console) as progress:
            workflows_run.measure(recording, plan, chosen.passes, loads, progress)
        with _keeping(recording):
            if also is not None:
                also(recording, plan)
        return recording


def _prepared(
    chosen: MeasurementRequest, recipe: Recipe | None, preferred: Mapping[str, str] | None, running: ExitStack
) -> tuple[Plan, Loads, tuple[MissingSample, ...]]:
    """What is to be measured, asked once and found to be right; and what can't be. `running` keeps what runs beside."""
    with console.status("asking the server"):
        if chosen.loading.requested is not None:
            return *elsewhere.plan(chosen, chosen.loading.requested, _remark), ()
        elsewhere.reach(chosen, _remark)
    with console.status("preparing the stack's environment"):
        plan, skipped = planning.plan(chosen, recipe, preferred)
    if moved := stacks.moved(chosen, plan.environment):
        _remark(f"changed in the app's environment: {listed(arrows(moved))}")
    with console.status("starting the server once"):
        refuse_unstartable(plan, chosen.loading.setting.port)
    with console.status("starting services"):
        plan, unserved = running.enter_context(services.beside(plan, chosen.passes[0]))
    with console.status("checking all responses"):
        plan, broken = contract.answering(plan, chosen.passes[0]) if chosen.app else (contract.verify(plan), ())
    log = chosen.loading.traffic
    if log is not None and (unused := traffic.read(chosen, log).unused):
        _remark(f"not used of --traffic {log.name}: {unused}")
    plan, loads = load_selection.loaded(chosen, plan)
    return plan, loads, (*skipped, *unserved, *broken)


def _remark(text: str) -> None:
    errors.print(f"bench: {text}")


def _keeping(recording: Recording[Run]) -> AbstractContextManager[None]:
    return keeping(recording, lambda: show(run.document(recording.document, {})))


def _any_valid(measured: Run) -> bool:
    """Whether one number at least may be believed. The suite leaves no samples, only an absence when it fails."""
    valid = any(all(check.passed for check in checks.checks(sample)) for sample in measured.samples)
    failed = any(absence.during is Pass.SUITE and absence.kind == "invalid" for absence in measured.absences)
    return valid or (Pass.SUITE in measured.elapsed_s and not failed)
