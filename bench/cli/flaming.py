"""`bench flame`: where the time of a request goes, on one stack or on two."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated

import typer

from bench import flames, store, wishes
from bench.choice import Choice
from bench.cli.completing import case_globs
from bench.cli.inside import asked, look, of_two, show_flames
from bench.cli.measuring import measure
from bench.cli.options import Base, BothPythons, Full, Head, Quick, ResultsFolder, Stack, Targets, effort
from bench.cli.output import show
from bench.cli.side_by_side import prepared
from bench.model import PROFILES, Pass
from bench.report.documents import profiles
from bench.summary import summarise
from bench.workspace import PROJECT, RESULTS, TARGETS, Results


def flame(
    case: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CASE", help="Cases or globs; every target's headline without one.", autocompletion=case_globs
        ),
    ] = None,
    quick: Quick = False,
    full: Full = False,
    stack: Stack = "",
    base: Base = "",
    head: Head = "",
    python: BothPythons = None,
    targets: Targets = TARGETS,
    results: ResultsFolder = RESULTS,
) -> None:
    """Draw flame graphs by layer, in process and served; of two stacks in process, with what differs between them."""
    globs, kept = tuple(case or ()), Results.kept_in(results)
    if not of_two(base, head, stack, globs):
        requirements = tuple(stack.split())
        run = measure(Choice(PROFILES, effort(quick, full), globs, requirements, python, targets), kept)
        found = profiles.document(summarise(run.document), store.load_profiles(run.document, run.folder))
        if found is not None:
            show(found)
        return
    chosen = Choice((Pass.PROFILE,), effort(quick, full), globs, targets=targets)
    with ExitStack() as running:
        ready = prepared(running, chosen, (base, head), wishes.pythons(python))
        question = asked(ready)
        recording = flames.begin(question, kept.made().flames / question.id, PROJECT)
        look(recording, ready.arms, flames.measure, show_flames)
