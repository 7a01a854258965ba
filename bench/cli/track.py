"""`bench track`: what each commit of somebody's own app costs against one version of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from bench.cli import arguments
from bench.cli.options import Cases, ResultsFolder
from bench.cli.output import Exit, console, errors, show, show_page
from bench.cli.own_app import with_app
from bench.cli.paired import known_selftest, written
from bench.cli.progress import SeriesProgress
from bench.model.app_options import AppOptions
from bench.model.errors import UsageError
from bench.model.workload import Pass
from bench.report.documents import track as documents_track
from bench.report.exports.track import json_text
from bench.report.publish import publish_track
from bench.report.words.track import narrative
from bench.runner.agent_process import AgentError
from bench.store.files import StoreError, write_atomically
from bench.store.track import NAME, load
from bench.workflows.request import MeasurementRequest
from bench.workflows.series.track import NothingValidError, Tracked, Tracker
from bench.workflows.series.version_pair import VersionComparer
from bench.workspace import RESULTS, Results


@with_app
def track_command(
    anchor: Annotated[
        str | None, typer.Option(metavar="git:REF", help="Version to measure against; default: last tag.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help=f"The trend, by default {NAME}.", show_default=False)
    ] = None,
    case: Cases = None,
    margin: Annotated[str, typer.Option(metavar="SHARE", help="Ignore smaller changes.")] = "2%",
    budget: Annotated[str, typer.Option(metavar="TIME", help="Time limit per comparison.")] = "5m",
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Also write the result as JSON.")
    ] = None,
    results: ResultsFolder = RESULTS,
    app: AppOptions | None = None,
) -> None:
    """Add the HEAD of your own app to its trend; exit with 1 if it is slower.

    HEAD is measured against one version. Possible changes are measured again, against the commit before.
    """
    if app is None:
        raise UsageError("bench track measures your own app; name it with --app MODULE:ATTR")
    if json_file is not None and json_file.is_dir():
        raise UsageError(f"--json {json_file}: is a folder; use a file name")
    kept = Results.kept_in(results)
    trend = file or app.app_dir / NAME
    if trend.is_dir():
        raise UsageError(f"--file {trend}: is a folder; use a file name")
    choice = MeasurementRequest((Pass.TIMING, Pass.ALLOCATIONS), globs=tuple(case or ()), app=app)
    done = _tracked(choice, app, kept, trend, anchor, arguments.margin(margin), arguments.seconds(budget))
    found = narrative(done.track, done.point, done.notes)
    show(documents_track.document(found))
    with written():
        page = publish_track(found, kept.track)
        if json_file is not None:
            write_atomically(json_file, json_text(found))
    console.print(f"\nTrend: {trend}", soft_wrap=True)
    show_page(str(page))
    raise typer.Exit(Exit.REGRESSION if found.slower else Exit.FINE)


def _tracked(
    choice: MeasurementRequest,
    app: AppOptions,
    results: Results,
    trend: Path,
    anchor: str | None,
    margin: float,
    budget_s: float,
) -> Tracked:
    """Exits when it is interrupted, when nothing is valid, or when it can't be kept. Raises StackError, UsageError, and
    StoreError for a file that isn't a track."""
    known = load(trend)
    with written():
        results.made()
    with SeriesProgress(console, budget_s) as progress:
        comparer = VersionComparer(
            choice, results.comparisons, budget_s, progress, sys.argv[1:], known_selftest(results)
        )
        try:
            return Tracker(known, app.app_dir, trend, anchor, margin, comparer.compare, progress.begins).track()
        except KeyboardInterrupt:
            grown = f" and {trend}" if load(trend) != known else f"; {trend.name} is unchanged"
            errors.print(f"interrupted; results are saved in {results.comparisons}{grown}")
            raise typer.Exit(Exit.INTERRUPTED) from None
        except NothingValidError as error:
            errors.print(f"bench: no valid measurement, {trend.name} is unchanged: {error}")
        except (AgentError, StoreError) as error:
            errors.print(f"bench: {error}")
        raise typer.Exit(Exit.NO_VALID_MEASUREMENT)
