"""`bench bisect`: which release of a package, or which commit of an app, changed a case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from bench.cli import arguments, bisect_commits, bisect_releases
from bench.cli.bisect_options import BisectOptions
from bench.cli.options import Python, ResultsFolder, Targets, With, packages
from bench.cli.output import Exit, show, show_page
from bench.cli.own_app import with_app
from bench.cli.paired import written
from bench.cli.series import Json, Margin, MetricOption, chosen, metric_of, writable
from bench.model.app_options import AppOptions
from bench.model.errors import UsageError
from bench.report.documents import bisection
from bench.report.exports.bisection import json_text
from bench.report.publish import publish_bisection
from bench.report.words.bisection import BisectionNarrative, bisected
from bench.stack.git.checkout import PREFIX, names_version
from bench.store.files import write_atomically
from bench.text.numbers import counted
from bench.workspace import RESULTS, TARGETS, Results

_FORMS = "PACKAGE GOOD BAD, or git:GOOD git:BAD with --app"


@with_app
def bisect_command(
    package: Annotated[str, typer.Argument(metavar="PACKAGE", help="Package, e.g. fastapi; or git:GOOD.")],
    good: Annotated[str | None, typer.Argument(metavar="GOOD", help="Release before the change; or git:BAD.")] = None,
    bad: Annotated[str | None, typer.Argument(metavar="BAD", help="Release with the change.")] = None,
    *,
    case: Annotated[str, typer.Option("--case", metavar="CASE", help="The case that changed.")],
    metric: MetricOption = "cpu_us",
    margin: Margin = "3%",
    budget: Annotated[str, typer.Option(metavar="TIME", help="Time limit per comparison.")] = "2m",
    json_file: Json = None,
    added: With = None,
    targets: Targets = TARGETS,
    results: ResultsFolder = RESULTS,
    python: Python = None,
    app: AppOptions | None = None,
) -> None:
    """Find the release or commit that changed what a case costs.

    `bench bisect git:GOOD git:BAD --app MODULE:ATTR` searches your commits.

    Exits with 4 if the result is inconclusive. Repeat the command to resume an interrupted search.
    """
    versions = tuple(word for word in (package, good, bad) if word is not None)
    by, json_file = metric_of(metric), writable(json_file)
    taken = chosen((case,), packages(added), targets, app, by)
    options = BisectOptions(
        taken, case, arguments.margin(margin), arguments.seconds(budget), python, Results.kept_in(results), by
    )
    if any(map(names_version, versions)):
        recording = bisect_commits.searched(_commits(versions), options)
    else:
        recording = bisect_releases.searched(_releases(versions), options)
    found = bisected(recording.document, recording.folder)
    show(bisection.document(found))
    with written():
        page = publish_bisection(found, recording.folder)
        if json_file is not None:
            write_atomically(json_file, json_text(found))
    show_page(str(page))
    raise typer.Exit(_status(found))


def _status(found: BisectionNarrative) -> Exit:
    if found.certain:
        return Exit.FINE
    doubtful = found.end.doubtful if found.end else None
    failed = doubtful is not None and doubtful.found is None
    return Exit.NO_VALID_MEASUREMENT if failed else Exit.INCONCLUSIVE


def _releases(words: Sequence[str]) -> tuple[str, str, str]:
    """Raises UsageError."""
    if len(words) != 3:
        raise UsageError(f"{' '.join(words)}: {counted(len(words), 'word')}; write {_FORMS}")
    return words[0], words[1], words[2]


def _commits(words: Sequence[str]) -> tuple[str, str]:
    """Raises UsageError."""
    stray = next((word for word in words if not names_version(word)), None)
    if stray is not None:
        raise UsageError(f"{stray}: can't be mixed with git:REF; write {_FORMS}")
    if len(words) == 1:
        raise UsageError(f"{words[0]}: the second commit is missing; write git:GOOD git:BAD")
    if len(words) != 2:
        raise UsageError(f"{' '.join(words)}: name two commits, git:GOOD git:BAD")
    if PREFIX in words:
        raise UsageError("git: is the working tree, and no commit; name a commit, e.g. git:HEAD")
    return words[0], words[1]
