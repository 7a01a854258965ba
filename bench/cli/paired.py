"""What comparisons and self-tests have in common: measured side by side, kept whatever happens, and shown beside what
this host is known for."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from bench.analysis.comparison import selftest
from bench.cli.kept import nothing_measured, shows
from bench.cli.output import Exit, console, errors, show
from bench.cli.progress import BudgetProgress
from bench.host import fingerprint
from bench.model.comparison import Comparison, Side
from bench.model.errors import UsageError
from bench.model.run import MissingSample
from bench.model.selftest import Selftest
from bench.report.documents import comparison as documents_comparison
from bench.report.documents import profile_diff
from bench.report.words.diff_case import DiffNarrative
from bench.runner import services
from bench.runner.agent_pair import PairedPlan
from bench.runner.agent_process import AgentError
from bench.stack.recipe import read
from bench.store import documents, locate
from bench.store.files import StoreError
from bench.store.recording import Recording
from bench.workflows import planning
from bench.workflows.app.versions import VersionPair
from bench.workflows.comparison import compare
from bench.workflows.comparison.compare import ComparisonSpec
from bench.workflows.comparison.stages import Measurer
from bench.workflows.request import MeasurementRequest, Pythons
from bench.workspace import PROJECT, Results


@dataclass(frozen=True)
class Prepared:
    """Two stacks, ready to be measured; `skipped` are the cases that one of them can't serve, or that lack what has to
    run beside them. `versions` are of somebody's own app, where git has it: kept as long as they are measured."""

    arms: PairedPlan
    sides: tuple[Side, Side]
    skipped: tuple[MissingSample, ...]
    versions: VersionPair | None = None


def prepared(running: ExitStack, chosen: MeasurementRequest, words: tuple[str, str], pythons: Pythons) -> Prepared:
    """The stacks that `words` name, base and head; what runs beside the targets does until `running` ends.

    Exits when it is interrupted. Raises CatalogError and StackError.
    """
    with nothing_measured():
        with console.status("preparing both stacks' environments"):
            recipes = read(words[0]).adding(chosen.added), read(words[1]).adding(chosen.added)
            arms, skipped = planning.arms(chosen, *recipes, pythons)
        with console.status("starting services"):
            plan, unserved = running.enter_context(services.beside(arms.base, chosen.passes[0]))
    sides = recipes[0].side(arms.base.environment.stack), recipes[1].side(arms.head.environment.stack)
    arms = PairedPlan(plan, replace(arms.head, cases=plan.cases, database=plan.database))
    return Prepared(arms, sides, (*skipped, *unserved))


def refuse_without(arms: PairedPlan, instrument: str) -> None:
    """Raises UsageError where a Python of either side has no wheel of what looks inside."""
    if reason := arms.unavailable(instrument):
        raise UsageError(reason)


def recorded(
    question: ComparisonSpec, blocks: Measurer, folder: Path, *, count_instructions: bool = False
) -> Recording[Comparison]:
    """Measure, and keep what was measured; exits when it is interrupted or can't be kept."""
    with written():
        recording = compare.begin(question, sys.argv[1:], folder, PROJECT)
    try:
        with BudgetProgress(console, question.budget_s) as progress:
            compare.measure(recording, question.paired, blocks, progress, count_instructions=count_instructions)
    except KeyboardInterrupt:
        show_comparison(recording.document)
        errors.print(f"interrupted; results are saved: {shows(recording.folder)} writes the page")
        raise typer.Exit(Exit.INTERRUPTED) from None
    except (AgentError, StoreError) as error:
        show_comparison(recording.document)
        errors.print(f"bench: {error}\nearlier results are saved in {recording.folder}")
        raise typer.Exit(Exit.NO_VALID_MEASUREMENT) from None
    return recording


def show_comparison(comparison: Comparison, profiled: Sequence[DiffNarrative] = ()) -> None:
    """Print what a comparison and the profiles of its changes say."""
    show(documents_comparison.document(comparison, profiled=profile_diff.culprits(profiled)))


@contextmanager
def written() -> Iterator[None]:
    """Exits with 3, and not as for a command that isn't understood, when what the block makes can't be written."""
    try:
        yield
    except StoreError as error:
        errors.print(f"bench: {error}")
        raise typer.Exit(Exit.NO_VALID_MEASUREMENT) from None


def known_selftest(results: Results) -> Selftest | None:
    """What this host's self-tests have said; a file that can't be read is named, and no reason to stop."""
    tests = []
    for name in locate.ids(results.selftests, documents.COMPARISON):
        try:
            tests.append(documents.COMPARISON.load(results.selftests / name))
        except StoreError as error:
            errors.print(f"bench: {error}")
    return selftest.summary(tests, fingerprint.describe())
