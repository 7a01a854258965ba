"""`bench compare`: two stacks measured block by block, or two stored runs."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from bench.analysis.comparison import verdicts as analysis
from bench.catalog.selection import cases
from bench.cli import arguments
from bench.cli.app_versions import name_functions, prepared_versions, refuse_bare_refs
from bench.cli.comparison_options import ComparisonOptions, refuse, refuse_of_stored
from bench.cli.completion import run_names
from bench.cli.options import Cases, ResultsFolder, Servers, Targets, With, packages
from bench.cli.output import Exit, console, errors, show_page, warn_if_disturbed
from bench.cli.own_app import with_app
from bench.cli.paired import known_selftest, prepared, recorded, show_comparison, written
from bench.cli.progress import RunProgress
from bench.cli.run import observe
from bench.cli.split import split_changes
from bench.model.app_options import AppOptions
from bench.model.comparison import Comparison, Verdict
from bench.model.errors import UsageError
from bench.model.run import Run
from bench.report.publish import publish_comparison, publish_flames_beside
from bench.report.words.diff_case import DiffNarrative
from bench.runner.agent_process import AgentError
from bench.serving.server import refuse_unstartable
from bench.stack.git.checkout import names_version
from bench.stack.recipe import read
from bench.store import documents, locate
from bench.store.files import StoreError, write_atomically
from bench.store.recording import Recording
from bench.workflows.comparison import stored as compare_stored
from bench.workflows.comparison.compare import ComparisonSpec
from bench.workflows.comparison.measurers import measurer
from bench.workflows.comparison.served_by import served_by
from bench.workflows.comparison.startup_selection import judged_by, passes_of, skipped_by
from bench.workflows.comparison.stored import StoredSide
from bench.workflows.difference import change_profiles
from bench.workflows.difference.change_profiles import NotProfiledError
from bench.workflows.request import MeasurementRequest
from bench.workspace import RESULTS, TARGETS, Results


def measured(words: str, other: Run, choice: MeasurementRequest, results: Results, python: str | None) -> StoredSide:
    """A side that is measured now, as the `other` was: its cases, its effort, its Python if none is named, and its
    versions of all that `words` don't name. Raises UsageError, StackError and CatalogError."""
    recipe = read(words).adding(choice.added)
    known = {case.id for case in cases(choice.known_targets())}
    globs = choice.globs or tuple(case.id for case in other.cases if case.id in known)
    if not globs:
        raise UsageError(f"{other.id} has none of the cases in {choice.folder}; measure it again")
    chosen = replace(choice, globs=globs, effort=other.effort, python=python or other.stack.minor_python)
    run = observe(chosen, results, recipe, other.stack.packages).document
    return StoredSide(recipe.side(run.stack).model_copy(update={"run": run.id, "host": run.host}), run)


WHAT = "Requirements, file, wheel, folder, run or git:REF"


@with_app
def compare_command(
    base: Annotated[
        str | None, typer.Argument(metavar="BASE", help=f"{WHAT}.", show_default=False, autocompletion=run_names)
    ] = None,
    head: Annotated[
        str | None,
        typer.Argument(
            metavar="HEAD",
            help="The new version, in the same formats.",
            show_default=False,
            autocompletion=run_names,
        ),
    ] = None,
    case: Cases = None,
    margin: Annotated[str, typer.Option(metavar="SHARE", help="Ignore smaller changes.")] = "3%",
    budget: Annotated[str, typer.Option(metavar="TIME", help="Time limit: 90s, 5m, 1h.")] = "5m",
    served: Annotated[bool, typer.Option("--served", help="Compare behind servers, not in process.")] = False,
    startup: Annotated[bool, typer.Option("--startup", help="Compare start-up and memory of the apps.")] = False,
    server: Servers = None,
    count: Annotated[bool, typer.Option("--instructions", help="Also count instructions (valgrind).")] = False,
    split: Annotated[bool, typer.Option("--split", help="Also tell code from dependencies.")] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Also write the comparison as JSON.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 4 if a verdict is not clear.")] = False,
    targets: Targets = TARGETS,
    results: ResultsFolder = RESULTS,
    added: With = None,
    python: Annotated[
        str | None, typer.Option(metavar="X.Y[,X.Y]", help="Python of both, or of base and head.")
    ] = None,
    app: AppOptions | None = None,
) -> None:
    """Compare two versions; exit with 1 if HEAD is slower.

    `bench compare git:main git:HEAD --app MODULE:ATTR` compares two commits of your own app, route by route.
    `bench compare --python 3.11,3.14` compares two Pythons.
    """
    both = arguments.pythons(python)
    servers = arguments.servers(server)
    base, head = arguments.sides(base, head, both, servers)
    asked = ComparisonOptions(
        base=base,
        head=head,
        choice=MeasurementRequest(
            passes_of("startup_cpu_ms" if startup else "cpu_us"),
            globs=tuple(case or ()),
            targets=targets,
            added=packages(added),
            app=app,
        ),
        results=Results.kept_in(results),
        margin=arguments.margin(margin),
        budget_s=arguments.seconds(budget),
        pythons=both,
        served=served,
        startup=startup,
        servers=servers,
        instructions=count,
        split=split,
    )
    refuse(asked)
    if json_file is not None and json_file.is_dir():
        raise UsageError(f"--json {json_file}: is a folder; use a file name")
    stored = _stored(asked, base), _stored(asked, head)
    profiled: list[DiffNarrative] = []
    if any(stored) and not any(map(names_version, (base, head))):
        refuse_of_stored(asked, both_stored=all(stored))
        recording = _apart(asked, stored)
    else:
        recording, profiled = _side_by_side(asked)
    _publish(recording, profiled, json_file)
    raise typer.Exit(_status(recording.document, strict))


def _stored(asked: ComparisonOptions, words: str) -> Run | None:
    """Nothing at all names the default stack."""
    return locate.stored_run(asked.results.runs, words) if words else None


def _publish(recording: Recording[Comparison], profiled: Sequence[DiffNarrative], json_file: Path | None) -> None:
    """Print first: what can't be written costs nobody the verdict."""
    show_comparison(recording.document, profiled)
    warn_if_disturbed(recording.document.noise)
    with written():
        page = publish_comparison(recording.document, recording.folder, profiled)
        if json_file is not None:
            write_atomically(json_file, documents.COMPARISON.text(recording.document))
    show_page(str(page))


def _side_by_side(asked: ComparisonOptions) -> tuple[Recording[Comparison], list[DiffNarrative]]:
    with ExitStack() as running:
        words = asked.base, asked.head
        if asked.choice.app and not any(map(names_version, words)):
            refuse_bare_refs(words, asked.choice.app)
        ready = (
            prepared_versions(asked.choice, words, asked.pythons)
            if any(map(names_version, words))
            else prepared(running, asked.choice, words, asked.pythons)
        )
        arms, sides = served_by(ready.arms, ready.sides, asked.servers)
        if asked.served:
            for plan in (arms.base, arms.head):
                refuse_unstartable(plan)
        arms, blocks = measurer(judged_by(asked.metric, arms), asked.metric, asked.choice, asked.budget_s)
        question = ComparisonSpec(
            arms,
            sides,
            skipped_by(asked.metric, arms, ready.skipped),
            asked.margin,
            asked.budget_s,
            primary_metric=asked.metric,
            selftest=known_selftest(asked.results),
            routes=ready.versions.routes if ready.versions else None,
        )
        recording = recorded(question, blocks, asked.results.made().comparisons, count_instructions=asked.instructions)
        profiled = _profile(recording, question)
        if ready.versions and profiled:
            name_functions(recording, ready.versions, [one.found for one in profiled])
        if asked.split and ready.versions:
            split_changes(recording, ready.versions, asked.choice)
        return recording, profiled


def _profile(recording: Recording[Comparison], question: ComparisonSpec) -> list[DiffNarrative]:
    """Where the time of the largest changes went, as flame graphs beside the comparison, which is complete by now."""
    comparison = recording.document
    within_s = comparison.budget_s - comparison.elapsed_s
    changed = analysis.changed_cases(comparison)
    try:
        profiles = change_profiles.planned(comparison, changed, question.paired, recording.folder, within_s)
        if profiles is None:
            return []
        with RunProgress(console) as progress:
            profiles.measure(progress)
        return publish_flames_beside(recording.folder)
    except NotProfiledError as reason:
        errors.print(f"bench: no flame graphs of what changed: {reason}")
    except KeyboardInterrupt:
        show_comparison(comparison)
        errors.print(f"interrupted while profiling the changes; the comparison is saved in {recording.folder}")
        raise typer.Exit(Exit.INTERRUPTED) from None
    except (AgentError, StoreError) as error:
        errors.print(f"bench: can't profile the changed cases: {error}")
    return []


def _apart(asked: ComparisonOptions, stored: tuple[Run | None, Run | None]) -> Recording[Comparison]:
    """At least one of both is stored."""
    base, head = stored
    first = compare_stored.stored(asked.base, base) if base else None
    second = compare_stored.stored(asked.head, head) if head else None
    if first is None and second is not None:
        first = measured(asked.base, second.run, asked.choice, asked.results, asked.pythons[0])
    elif second is None and first is not None:
        second = measured(asked.head, first.run, asked.choice, asked.results, asked.pythons[1])
    assert first is not None  # noqa: S101
    assert second is not None  # noqa: S101
    return compare_stored.compared(first, second, asked.choice, asked.results, asked.margin)


def _status(comparison: Comparison, strict: bool) -> Exit:
    """A head that fails where the base does not is a regression as well, and the worst of them."""
    found = analysis.primary_results(comparison)
    if any(one.verdict is Verdict.SLOWER for one in found) or analysis.broken(comparison):
        return Exit.REGRESSION
    if not any(one.valid for one in found):
        errors.print("bench: no valid measurement; see the reasons above")
        return Exit.NO_VALID_MEASUREMENT
    unknown = any(one.verdict is Verdict.INCONCLUSIVE or analysis.invalid(one) for one in found)
    return Exit.INCONCLUSIVE if strict and (unknown or comparison.disagreements) else Exit.FINE
