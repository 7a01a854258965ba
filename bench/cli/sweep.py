"""`bench sweep`: what a package's releases changed, one after another."""

from __future__ import annotations

import math
import sys
from functools import partial
from typing import Annotated

import typer

from bench.cli import arguments
from bench.cli.kept import nothing_measured
from bench.cli.options import Cases, Python, ResultsFolder, Targets, With, packages
from bench.cli.output import Exit, console, errors, show, show_page
from bench.cli.own_app import with_app
from bench.cli.paired import written
from bench.cli.series import Json, Margin, MetricOption, Package, chosen, measured, metric_of, writable
from bench.model.app_options import AppOptions
from bench.model.errors import UsageError
from bench.model.series import Sweep, SweepRequest, every_nth
from bench.report.documents import sweep
from bench.report.exports.sweep import json_text
from bench.report.publish import publish_sweep
from bench.report.words.sweep import swept_in
from bench.stack import pythons
from bench.stack import releases as stack_releases
from bench.store import series
from bench.store.files import write_atomically
from bench.store.recording import Recording
from bench.text.numbers import counted
from bench.workflows import planning, stacks
from bench.workflows.comparison.startup_selection import series_cases
from bench.workflows.request import MeasurementRequest
from bench.workflows.series import series as workflows_series
from bench.workflows.series import sweep as workflows_sweep
from bench.workspace import RESULTS, TARGETS, Results


@with_app
def sweep_command(
    package: Package,
    specifier: Annotated[str, typer.Argument(metavar="SPECIFIER", help="Releases: '>=0.115,<0.120'.")],
    every: Annotated[int, typer.Option(metavar="N", help="Only every N-th of the releases.")] = 1,
    case: Cases = None,
    metric: MetricOption = "cpu_us",
    margin: Margin = "3%",
    budget: Annotated[str, typer.Option(metavar="TIME", help="Time limit per comparison.")] = "60s",
    json_file: Json = None,
    added: With = None,
    targets: Targets = TARGETS,
    results: ResultsFolder = RESULTS,
    python: Python = None,
    app: AppOptions | None = None,
) -> None:
    """Compare releases of a package. Repeat the command to resume.

    `bench sweep python 3.11,3.14,3.14t` compares each Python with the first.
    `bench sweep python '>=3.11'` takes the Pythons of this machine.
    """
    arguments.within("--every", every, least=1)
    by, kept = metric_of(metric), Results.kept_in(results)
    taken, json_file = chosen(tuple(case or ()), packages(added), targets, app, by), writable(json_file)
    budget_s = arguments.seconds(budget)
    words = SweepRequest(
        package=stack_releases.package_name(package),
        cases=series_cases(taken, by, budget_s),
        margin=arguments.margin(margin),
        budget_s=budget_s,
        python=python,
        added=taken.added,
        metric=by,
        specifier=specifier,
        every=every,
    )
    recording = series.unfinished(Sweep, words, kept.sweeps)
    if recording is None:
        recording = _begin(words, taken, kept)
    else:
        done, of = recording.document.progress
        console.print(f"resuming sweep {recording.document.id}: {done} of {of} done", soft_wrap=True)
    anchored = recording.document.words, recording.document.anchored
    measured(recording, anchored, taken, kept, partial(workflows_sweep.sweep, recording))
    found = swept_in(recording.document, recording.folder)
    show(sweep.document(found))
    with written():
        page = publish_sweep(found, recording.folder)
        if json_file is not None:
            write_atomically(json_file, json_text(found))
    show_page(str(page))
    if not any(line.whole for line in found.lines):
        errors.print("bench: no valid measurement; see the reasons above")
        raise typer.Exit(Exit.NO_VALID_MEASUREMENT)


def _begin(words: SweepRequest, taken: MeasurementRequest, results: Results) -> Recording[Sweep]:
    """Raises UsageError, CatalogError and StackError."""
    package = words.package
    with nothing_measured():
        with console.status(f"looking for releases of {package}"):
            releases = every_nth(_matching(words, taken), words.every)
        if len(releases) < 2:
            only = f"only {package} {releases[0]} matches" if releases else f"no {package} matches"
            raise UsageError(f"{only} {words.specifier!r}; a sweep needs two releases")
        anchored = releases[0 if words.of_python else -1]
        with console.status("preparing the reference environment"):
            anchor = stacks.build(taken, workflows_series.recipe(words, anchored), words.python_of(anchored))
            planning.refuse_unmet(taken, anchor.stack)
    with written():
        folder = results.made().sweeps
        recording = workflows_series.begin(Sweep, words, releases, (anchored, anchor), sys.argv[1:], folder)
    least, most = len(releases) - 1, workflows_sweep.most(words, len(releases))
    least_min, most_min = (math.ceil(number * words.budget_s / 60) for number in (least, most))
    takes = f"about {least_min} min" if least == most else f"about {least_min} to {most_min} min"
    console.print(
        f"sweep {recording.document.id}: {counted(len(releases), 'release')} of {package}, "
        f"{releases[0]} to {releases[-1]}; {takes} plus the time to build environments",
        soft_wrap=True,
    )
    return recording


def _matching(words: SweepRequest, taken: MeasurementRequest) -> tuple[str, ...]:
    """Raises UsageError and StackError."""
    if not words.of_python:
        return stack_releases.matching(words.package, words.specifier, stacks.python(taken, words.python))
    if words.python is not None:
        raise UsageError(f"--python {words.python}: has no effect on a sweep over versions of Python")
    return pythons.matching(words.specifier)
