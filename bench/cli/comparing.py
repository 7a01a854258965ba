"""`bench compare`: did this version change anything?"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from bench import choice, compare, stages, store, wishes
from bench.choice import PROJECT, Choice
from bench.cli.options import Cases, Targets
from bench.cli.output import Exit, console, errors
from bench.engine import services
from bench.engine.arms import Arms
from bench.model import Pass, Verdict
from bench.pairs import Comparison
from bench.recording import Recording
from bench.report.change_terminal import print_comparison
from bench.report.progress import BudgetProgress
from bench.report.publish import publish_comparison
from bench.stack.recipe import read
from bench.stages import Question
from bench.store import StoreError

COMPARISONS = PROJECT / "results" / "comparisons"
WHAT = "requirements in one argument, a requirements or lock file, a wheel, or a project's folder"


def compare_command(
    base: Annotated[str, typer.Argument(help=f"The stack to compare with: {WHAT}.")],
    head: Annotated[str, typer.Argument(help="The stack that is asked about, named likewise.")],
    case: Cases = None,
    margin: Annotated[str, typer.Option(metavar="SHARE", help="Changes smaller than this don't matter.")] = "3%",
    budget: Annotated[str, typer.Option(metavar="TIME", help="How long it may measure, such as 90s or 5m.")] = "5m",
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the whole comparison.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 4 when a case is inconclusive.")] = False,
    targets: Targets = PROJECT / "targets",
    python: Annotated[
        str | None, typer.Option(metavar="X.Y[,X.Y]", help="Python of both stacks, or the base's and the head's.")
    ] = None,
) -> None:
    """Compare two stacks, case by case; exits with 1 when one is slower."""
    share, budget_s, pythons = wishes.margin(margin), wishes.seconds(budget), wishes.pythons(python)
    with ExitStack() as running:
        try:
            with console.status("preparing both stacks' environments"):
                recipes = read(base), read(head)
                chosen = Choice((Pass.TIMING, Pass.ALLOCATIONS), globs=tuple(case or ()), targets=targets)
                arms, skipped = choice.arms(chosen, *recipes, pythons)
            with console.status("starting what runs beside the targets"):
                plan, unserved = running.enter_context(services.beside(arms.base, Pass.TIMING))
            arms = Arms(plan, replace(arms.head, cases=plan.cases, database=plan.database))
        except KeyboardInterrupt:
            errors.print("interrupted; nothing was measured")
            raise typer.Exit(Exit.INTERRUPTED) from None
        recording = _recorded(Question(arms, recipes, (*skipped, *unserved), share, budget_s))
    page = publish_comparison(recording.document, recording.folder)
    if json_file is not None:
        store.write_atomically(json_file, store.comparison_json(recording.document))
    print_comparison(console, recording.document, str(page))
    raise typer.Exit(_status(recording.document, strict))


def _recorded(question: Question) -> Recording[Comparison]:
    recording = stages.begin(question, sys.argv[1:], COMPARISONS, PROJECT)
    try:
        with BudgetProgress(console, question.budget_s) as progress:
            stages.measure(recording, question.arms, progress)
    except KeyboardInterrupt:
        print_comparison(console, recording.document)
        errors.print(f"interrupted; what was measured is kept in {recording.folder}")
        raise typer.Exit(Exit.INTERRUPTED) from None
    except StoreError as error:
        print_comparison(console, recording.document)
        errors.print(f"bench: {error}")
        raise typer.Exit(Exit.NO_VALID_MEASUREMENT) from None
    return recording


def _status(comparison: Comparison, strict: bool) -> Exit:
    found = compare.gate(comparison.results)
    if any(one.verdict is Verdict.SLOWER for one in found):
        return Exit.REGRESSION
    if not any(one.valid for one in found):
        errors.print("bench: no valid measurement; the reasons stand above")
        return Exit.NO_VALID_MEASUREMENT
    inconclusive = any(one.verdict is Verdict.INCONCLUSIVE for one in found)
    return Exit.INCONCLUSIVE if strict and inconclusive else Exit.FINE
