"""`bench flame`: where the time of a request goes, on one stack or on two."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from bench import choice, flames, wishes
from bench.choice import PROJECT, Choice, UsageError
from bench.cli.completing import case_globs
from bench.cli.measuring import measure
from bench.cli.options import Full, Quick, Stack, Targets, effort
from bench.cli.output import Exit, console, errors
from bench.cli.places import FLAMES
from bench.difference import Difference
from bench.engine import services
from bench.engine.arms import Arms
from bench.flames import Asked, Flames
from bench.model import Pass
from bench.recording import Recording
from bench.report.difference_terminal import print_differences
from bench.report.progress import RunProgress
from bench.report.publish import publish_flames
from bench.stack.recipe import Recipe, read
from bench.store import StoreError


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
    base: Annotated[str, typer.Option(metavar="REQS", help="With --head, the stack to differ from.")] = "",
    head: Annotated[str, typer.Option(metavar="REQS", help="With --base, the stack that is asked about.")] = "",
    python: Annotated[
        str | None, typer.Option(metavar="X.Y[,X.Y]", help="The stack's Python, or the base's and the head's.")
    ] = None,
    targets: Targets = PROJECT / "targets",
) -> None:
    """Draw flame graphs by layer; of two stacks, with what differs between them."""
    globs = tuple(case or ())
    if not base and not head:
        requirements = tuple(stack.split())
        measure(Choice((Pass.PROFILE,), effort(quick, full), globs, requirements, python, targets))
        return
    if not (base and head) or stack:
        raise UsageError("--base and --head go together, without --stack; name both, such as 'fastapi==0.115.6'")
    if not globs:
        raise UsageError("--base and --head need a case or a glob, such as fastapi_plain:plain: each takes a while")
    chosen = Choice((Pass.PROFILE,), effort(quick, full), globs, targets=targets)
    _differ(chosen, base, head, wishes.pythons(python))


def profile_changes(arms: Arms, recipes: tuple[Recipe, Recipe], folder: Path) -> list[Difference]:
    """Profile the cases of `arms` on both stacks, and put their flame graphs into `folder`; what differs, case by case.

    Raises StoreError and KeyboardInterrupt.
    """
    recording = flames.begin(Asked(arms, recipes, command=tuple(sys.argv[1:])), folder, PROJECT)
    with RunProgress(console) as progress:
        flames.measure(recording, arms, progress)
    found = flames.differences(recording.document, folder)
    if found:
        publish_flames(recording.document, found, folder)
    return found


def _differ(chosen: Choice, base: str, head: str, pythons: choice.Pythons) -> None:
    with ExitStack() as running:
        try:
            with console.status("preparing both stacks' environments"):
                recipes = read(base), read(head)
                arms, skipped = choice.arms(chosen, *recipes, pythons)
            with console.status("starting what runs beside the targets"):
                plan, unserved = running.enter_context(services.beside(arms.base, Pass.PROFILE))
            arms = Arms(plan, replace(arms.head, cases=plan.cases, database=plan.database))
        except KeyboardInterrupt:
            errors.print("interrupted; nothing was measured")
            raise typer.Exit(Exit.INTERRUPTED) from None
        asked = Asked(arms, recipes, (*skipped, *unserved), tuple(sys.argv[1:]))
        recording = flames.begin(asked, FLAMES / asked.id, PROJECT)
        _record(recording, arms)


def _record(recording: Recording[Flames], arms: Arms) -> None:
    interrupted = False
    try:
        with RunProgress(console) as progress:
            flames.measure(recording, arms, progress)
    except KeyboardInterrupt:
        interrupted = True
    except StoreError as error:
        errors.print(f"bench: {error}")
        raise typer.Exit(Exit.NO_VALID_MEASUREMENT) from None
    page = _published(recording)
    if interrupted:
        errors.print(f"interrupted; what was profiled is kept in {recording.folder}")
        raise typer.Exit(Exit.INTERRUPTED)
    if page is None:
        errors.print("bench: no valid profile; the reasons stand above")
        raise typer.Exit(Exit.NO_VALID_MEASUREMENT)


def _published(recording: Recording[Flames]) -> Path | None:
    """The page, None where nothing was profiled."""
    found = flames.differences(recording.document, recording.folder)
    page = publish_flames(recording.document, found, recording.folder) if found else None
    print_differences(console, recording.document, found, str(page) if page else None)
    return page
