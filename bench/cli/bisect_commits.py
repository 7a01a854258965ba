"""`bench bisect git:GOOD git:BAD`: the search over commits of somebody's own app."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.analysis.series.bisection import BisectionEnd, NextComparison, most
from bench.audit import requests_file
from bench.cli.bisect_options import BisectOptions, only_case
from bench.cli.kept import nothing_measured
from bench.cli.output import console
from bench.cli.paired import known_selftest, written
from bench.cli.progress import SeriesProgress
from bench.cli.series import resumable
from bench.model.app_options import AppOptions
from bench.model.app_version import AppVersion
from bench.model.comparison import Comparison
from bench.model.errors import UsageError
from bench.model.series import Bisection, CommitBisectionRequest
from bench.stack.git.checkout import PREFIX, checkout, top_of
from bench.stack.git.first_parents import changed_files, commits
from bench.store import series
from bench.store.recording import Recording
from bench.store.redaction import placeless
from bench.text.numbers import counted
from bench.workflows.app.versions import requests_of
from bench.workflows.request import MeasurementRequest
from bench.workflows.series import bisect
from bench.workflows.series import series as workflows_series
from bench.workflows.series.version_pair import VersionComparer


def searched(versions: tuple[str, str], options: BisectOptions) -> Recording[Bisection]:
    """A complete search, begun or gone on with. Exits when it is interrupted.

    Raises UsageError, CatalogError, StoreError and StackError.
    """
    app = _app(versions, options)
    listed = commits(*versions, app.app_dir)
    if len(listed) < 2:
        raise UsageError(f"{' '.join(versions)}: no commit between them changes a file; there is nothing to search")
    with _fixed_requests(app, listed[-1]) as requests:
        taken = replace(options.choice, app=replace(app, requests=requests))
        words = _words(app, listed, taken, options)
        recording = series.unfinished(Bisection, words, options.results.bisections)
        if recording is None:
            recording = _begun(words, listed, options)
        _search(recording, taken, options)
    return recording


def _app(versions: Sequence[str], options: BisectOptions) -> AppOptions:
    """Raises UsageError."""
    app, ends = options.choice.app, " ".join(versions)
    if app is None:
        raise UsageError(f"{ends}: git:REF is a version of your own app; name it with --app MODULE:ATTR")
    if options.python:
        raise UsageError(f"--python {options.python}: is for releases; each commit has the Python of its own lock")
    return app


@contextmanager
def _fixed_requests(app: AppOptions, bad: AppVersion) -> Iterator[Path]:
    """A copy of the requests file of the commit that has the change: all commits are asked alike, whatever becomes of
    the working tree meanwhile. Raises StackError, StoreError and UsageError."""
    with nothing_measured(), console.status("looking at the last commit"):
        head = checkout(f"{PREFIX}{bad.commit}", app.app_dir)
        found = requests_of(app, head)
        kept = requests_file.load(found)
    with TemporaryDirectory() as folder:
        copy = Path(folder, found.name)
        requests_file.save(copy, kept)
        yield copy


def _words(
    app: AppOptions, listed: Sequence[AppVersion], taken: MeasurementRequest, options: BisectOptions
) -> CommitBisectionRequest:
    """Raises UsageError, CatalogError and StackError."""
    return CommitBisectionRequest(
        app=app.spec,
        folder=app.app_dir.resolve().relative_to(top_of(app.app_dir).resolve()).as_posix(),
        cases=only_case(replace(options, choice=taken)),
        margin=options.margin,
        budget_s=options.budget_s,
        good=listed[0].commit,
        bad=listed[-1].commit,
        requirements=str(app.requirements) if app.requirements else None,
        added=taken.added,
        metric=options.metric,
        env=app.env.name if app.env else None,
        variables=app.variables,
        before=tuple(map(placeless, app.before)),
        writes=app.writes,
    )


def _begun(words: CommitBisectionRequest, listed: Sequence[AppVersion], options: BisectOptions) -> Recording[Bisection]:
    """Nothing of it is on disk yet: both ends may turn out to be none that can be compared."""
    fields = {"words": words, "versions": tuple(one.commit for one in listed), "commits": tuple(listed)}
    return workflows_series.unsaved(Bisection, fields, sys.argv[1:], options.results.bisections)


def _search(recording: Recording[Bisection], taken: MeasurementRequest, options: BisectOptions) -> None:
    """Raises StackError, StoreError, CatalogError and UsageError for an end that can't be compared."""
    document, folder, resumed = recording.document, recording.folder, recording.folder.exists()
    progress, selftest = SeriesProgress(console, options.budget_s), known_selftest(options.results)
    kept = folder / series.COMPARISONS
    comparer = VersionComparer(taken, kept, options.budget_s, progress, document.command, selftest, options.metric)

    def compare(ask: NextComparison) -> Comparison:
        return comparer.compare(f"{PREFIX}{ask.base}", f"{PREFIX}{ask.head}", ask.margin)

    guard, doing = resumable(folder) if resumed else nothing_measured(), "preparing both ends and their environments"
    with guard, console.status(doing):
        comparer.prepare(f"{PREFIX}{document.versions[0]}", f"{PREFIX}{document.versions[-1]}")
    with written():
        options.results.made()
        recording.flush()
    console.print(_begins(document, resumed), soft_wrap=True)
    with resumable(folder):
        with progress:
            end = bisect.bisect(recording, compare, progress)
        _name_files(recording, end, taken)


def _begins(document: Bisection, resumed: bool) -> str:
    if resumed:
        return f"resuming bisection {document.id}: {counted(len(document.asked), 'comparison')} done"
    count = len(document.versions)
    return f"bisection {document.id}: {count} commits, about {counted(most(count), 'comparison')}"


def _name_files(recording: Recording[Bisection], end: BisectionEnd, taken: MeasurementRequest) -> None:
    """What the commit that was found changes. Raises StackError and StoreError."""
    good, bad = (recording.document.as_commit(version) for version in (end.good, end.bad))
    if end.kind == "found" and good and bad and taken.app:
        recording.change(files=changed_files(taken.app.app_dir, good, bad))
        recording.flush()
