"""`bench bisect PACKAGE GOOD BAD`: the search over releases of a package."""

from __future__ import annotations

import sys
from functools import partial

from packaging.version import Version

from bench.analysis.series.bisection import most
from bench.cli.bisect_options import BisectOptions, only_case
from bench.cli.kept import nothing_measured
from bench.cli.output import console
from bench.cli.paired import written
from bench.cli.series import measured
from bench.model.errors import UsageError
from bench.model.series import PYTHON, Bisection, ReleaseBisectionRequest
from bench.stack import releases as stack_releases
from bench.store import series
from bench.store.recording import Recording
from bench.text.numbers import counted
from bench.workflows import planning, stacks
from bench.workflows.request import MeasurementRequest
from bench.workflows.series import bisect
from bench.workflows.series import series as workflows_series
from bench.workspace import Results


def searched(versions: tuple[str, str, str], options: BisectOptions) -> Recording[Bisection]:
    """A complete search, begun or gone on with. Exits when it is interrupted.

    Raises UsageError, CatalogError and StackError.
    """
    taken, (package, good, bad) = options.choice, versions
    if stack_releases.package_name(package) == PYTHON:
        raise UsageError(f"python {good} {bad}: has no releases to bisect; `bench sweep python '>=3.11'` compares them")
    words = ReleaseBisectionRequest(
        package=stack_releases.package_name(package),
        cases=only_case(options),
        margin=options.margin,
        budget_s=options.budget_s,
        python=options.python,
        added=taken.added,
        metric=options.metric,
        good=stack_releases.version(good),
        bad=stack_releases.version(bad),
    )
    if Version(words.good) == Version(words.bad):
        raise UsageError(f"{good} {bad}: are the same release; name one before the change and one with it")
    if Version(words.good) > Version(words.bad):
        raise UsageError(f"{good} {bad}: put the older release (before the change) first")
    recording = series.unfinished(Bisection, words, options.results.bisections)
    if recording is None:
        recording = _begin(words, taken, options.results)
    else:
        id_, done = recording.document.id, len(recording.document.asked)
        console.print(f"resuming bisection {id_}: {counted(done, 'comparison')} done", soft_wrap=True)
    measured(recording, (words, words.good), taken, options.results, partial(bisect.bisect, recording))
    return recording


def _begin(words: ReleaseBisectionRequest, taken: MeasurementRequest, results: Results) -> Recording[Bisection]:
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
        f"bisection {recording.document.id}: {len(releases)} releases of {package}, about "
        f"{counted(most(len(releases)), 'comparison')}",
        soft_wrap=True,
    )
    return recording
