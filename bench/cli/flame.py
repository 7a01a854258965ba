"""`bench flame`: where the time of a request goes, on one stack or on two."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated

import typer

from bench.analysis.run.summary import summarise
from bench.cli import arguments
from bench.cli.completion import case_globs
from bench.cli.diff import asked, look, of_two, show_flames
from bench.cli.options import (
    Base,
    BothPythons,
    Full,
    Head,
    Quick,
    ResultsFolder,
    Stack,
    Targets,
    With,
    effort,
    packages,
)
from bench.cli.output import show
from bench.cli.own_app import with_app
from bench.cli.paired import prepared, refuse_without
from bench.cli.run import measure
from bench.model.app_options import AppOptions
from bench.model.workload import PROFILES, Pass
from bench.report.documents import profiles
from bench.store.stacks import load_profiles
from bench.workflows.difference import profiles as profile_diff
from bench.workflows.request import MeasurementRequest
from bench.workspace import PROJECT, RESULTS, TARGETS, Results


@with_app
def flame(
    case: Annotated[
        list[str] | None,
        typer.Argument(metavar="CASE", help="Cases or globs; default: all main requests.", autocompletion=case_globs),
    ] = None,
    quick: Quick = False,
    full: Full = False,
    stack: Stack = "",
    added: With = None,
    base: Base = "",
    head: Head = "",
    python: BothPythons = None,
    targets: Targets = TARGETS,
    results: ResultsFolder = RESULTS,
    app: AppOptions | None = None,
) -> None:
    """Draw flame graphs by layer.

    With --base and --head, also draw the difference of two stacks.
    """
    globs, kept = tuple(case or ()), Results.kept_in(results)
    if not of_two(base, head, stack, globs):
        chosen = MeasurementRequest(
            PROFILES, effort(quick, full), globs, tuple(stack.split()), python, targets, added=packages(added), app=app
        )
        run = measure(chosen, kept)
        found = profiles.document(summarise(run.document), load_profiles(run.document, run.folder))
        if found is not None:
            show(found)
        return
    chosen = MeasurementRequest(
        (Pass.PROFILE,), effort(quick, full), globs, targets=targets, added=packages(added), app=app
    )
    with ExitStack() as running:
        ready = prepared(running, chosen, (base, head), arguments.pythons(python))
        refuse_without(ready.arms, "pyinstrument")
        question = asked(ready)
        recording = profile_diff.begin(question, kept.made().flames / question.id, PROJECT)
        look(recording, ready.arms, profile_diff.measure, show_flames)
