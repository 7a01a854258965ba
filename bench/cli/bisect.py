"""`bench bisect`: which release changed a case."""

from __future__ import annotations

import sys
from functools import partial
from typing import Annotated

import typer
from packaging.version import Version

from bench.analysis.bisection import most
from bench.cli import arguments
from bench.cli.kept import nothing_measured
from bench.cli.options import Python, ResultsFolder, Targets, With, packages
from bench.cli.output import Exit, console, show
from bench.cli.own_app import with_app
from bench.cli.paired import written
from bench.cli.series import Json, Margin, Package, chosen, measured
from bench.model.app_options import AppOptions
from bench.model.errors import UsageError
from bench.model.series import Bisection, BisectionRequest
from bench.report.documents import bisection
from bench.report.exports.bisection import json_text
from bench.report.words.bisection import bisected
from bench.stack import releases as stack_releases
from bench.store import series
from bench.store.files import write_atomically
from bench.store.recording import Recording
from bench.workflows import bisect, case_selection, planning, stacks
from bench.workflows import series as workflows_series
from bench.workflows.request import MeasurementRequest
from bench.workspace import RESULTS, TARGETS, Results


@with_app
def bisect_command(
    package: Package,
    good: Annotated[str, typer.Argument(metavar="GOOD", help="An older release, without the change.")],
    bad: Annotated[str, typer.Argument(metavar="BAD", help="A newer release, with the change.")],
    case: Annotated[str, typer.Option("--case", metavar="CASE", help="The case that changed.")],
    margin: Margin = "3%",
    budget: Annotated[str, typer.Option(metavar="TIME", help="Time limit per comparison.")] = "2m",
    json_file: Json = None,
    added: With = None,
    targets: Targets = TARGETS,
    results: ResultsFolder = RESULTS,
    python: Python = None,
    app: AppOptions | None = None,
) -> None:
    """Find the release that changed the CPU time of a case.

    Exits with 4 if the result is inconclusive. Repeat the command to resume an interrupted search.
    """
    taken, kept = chosen((case,), packages(added), targets, app, json_file), Results.kept_in(results)
    cases = case_selection.paired_cases(taken)
    if len(cases) != 1:
        raise UsageError(f"--case {case}: matches {len(cases)} cases; a bisection needs exactly one")
    words = BisectionRequest(
        package=stack_releases.package_name(package),
        cases=cases,
        margin=arguments.margin(margin),
        budget_s=arguments.seconds(budget),
        python=python,
        added=taken.added,
        good=stack_releases.version(good),
        bad=stack_releases.version(bad),
    )
    if Version(words.good) >= Version(words.bad):
        raise UsageError(f"{good} {bad}: put the older release (before the change) first")
    recording = series.unfinished(Bisection, words, kept.bisections)
    if recording is None:
        recording = _begin(words, taken, kept)
    else:
        id_, done = recording.document.id, len(recording.document.asked)
        console.print(f"resuming bisection {id_}: {done} comparisons done", soft_wrap=True)
    end = measured(recording, taken, kept, partial(bisect.bisect, recording))
    found = bisected(recording, end)
    show(bisection.document(found))
    with written():
        if json_file is not None:
            write_atomically(json_file, json_text(found))
    raise typer.Exit(_status(found.certain, end.doubtful is not None and end.doubtful.found is None))


def _status(certain: bool, failed: bool) -> Exit:
    return Exit.FINE if certain else Exit.NO_VALID_MEASUREMENT if failed else Exit.INCONCLUSIVE


def _begin(words: BisectionRequest, taken: MeasurementRequest, results: Results) -> Recording[Bisection]:
    """Raises UsageError, CatalogError and StackError."""
    package = words.package
    with nothing_measured():
        python = stacks.python(taken, words.python)
        with console.status(f"looking for releases of {package}"):
            releases = stack_releases.matching(package, f">={words.good},<={words.bad}", python)
        if len(releases) < 2 or (releases[0], releases[-1]) != (words.good, words.bad):
            raise UsageError(
                f"{package} {words.good} to {words.bad}: both must be releases; found {releases[0]} to {releases[-1]}"
            )
        with console.status("preparing the environments of both ends"):
            anchor = stacks.build(taken, workflows_series.recipe(words, words.good), words.python)
            bad_recipe = workflows_series.recipe(words, words.bad)
            head = stacks.build(taken, bad_recipe, words.python, anchor.stack.packages)
            planning.refuse_unmet(taken, anchor.stack)
            planning.refuse_unmet(taken, head.stack)
    with written():
        folder = results.made().bisections
        recording = workflows_series.begin(Bisection, words, releases, (words.good, anchor), sys.argv[1:], folder)
    console.print(
        f"bisection {recording.document.id}: {len(releases)} releases of {package}, up to about {most(len(releases))} "
        "comparisons",
        soft_wrap=True,
    )
    return recording
