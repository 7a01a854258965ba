"""What sweeps and bisections have in common: one comparison after another, kept whatever happens, and gone on with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeVar, get_args

import typer

from bench.cli.output import Exit, console, errors
from bench.cli.paired import known_selftest
from bench.cli.progress import SeriesProgress
from bench.model.app_options import AppOptions
from bench.model.errors import UsageError
from bench.model.series import SeriesMetric, SeriesRequest
from bench.runner.agent_process import AgentError
from bench.store.files import StoreError
from bench.store.recording import Recording
from bench.store.series import Kept
from bench.workflows.comparison.startup_selection import passes_of
from bench.workflows.request import MeasurementRequest
from bench.workflows.series import series
from bench.workflows.series.release_pair import ReleaseComparer
from bench.workflows.series.series import Compare, SeriesListener
from bench.workspace import Results

Package = Annotated[str, typer.Argument(metavar="PACKAGE", help="Package name, e.g. fastapi.")]
Margin = Annotated[str, typer.Option(metavar="SHARE", help="Ignore smaller changes.")]
Json = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Also write the result as JSON.")]

MetricOption = Annotated[str, typer.Option("--metric", metavar="NAME", help="E.g. server_cpu_us, rest_mb.")]

Done = TypeVar("Done")


def metric_of(word: str) -> SeriesMetric:
    """Raises UsageError."""
    known: tuple[SeriesMetric, ...] = get_args(SeriesMetric)
    found = next((one for one in known if one == word), None)
    if found is None:
        raise UsageError(f"--metric {word}: write {', '.join(known[:-1])} or {known[-1]}")
    return found


def chosen(
    globs: tuple[str, ...], added: tuple[str, ...], targets: Path, app: AppOptions | None, metric: SeriesMetric
) -> MeasurementRequest:
    """What every comparison measures."""
    return MeasurementRequest(passes_of(metric), globs=globs, targets=targets, added=added, app=app)


def writable(json_file: Path | None) -> Path | None:
    """Raises UsageError for a file that can't be written in the end."""
    if json_file is not None and json_file.is_dir():
        raise UsageError(f"--json {json_file}: is a folder; use a file name")
    return json_file


@contextmanager
def resumable(folder: Path) -> Iterator[None]:
    """Says where a series lies and how to go on with it when the block is interrupted, or can't be kept, and exits."""
    try:
        yield
    except KeyboardInterrupt:
        errors.print(f"interrupted; results are saved in {folder}; repeat the command to resume")
        raise typer.Exit(Exit.INTERRUPTED) from None
    except (AgentError, StoreError) as error:
        errors.print(f"bench: {error}\nearlier results are saved in {folder}")
        raise typer.Exit(Exit.NO_VALID_MEASUREMENT) from None


def measured(
    recording: Recording[Kept],
    anchored: tuple[SeriesRequest, str],
    choice: MeasurementRequest,
    results: Results,
    measure: Callable[[Compare, SeriesListener], Done],
) -> Done:
    """What `measure` makes of comparisons of releases; `anchored` are the series' words and its anchor's release.

    Exits when it is interrupted or can't be kept. Raises StackError for an anchor that can't be had.
    """
    (words, release), folder, command = anchored, recording.folder, recording.document.command
    with resumable(folder):
        with console.status("preparing the reference environment"):
            anchor = series.anchor(folder, words, release, choice)
        with SeriesProgress(console, words.budget_s) as progress:
            selftest = known_selftest(results)
            workshop = ReleaseComparer(words, release, anchor, folder, choice, progress, command, selftest)
            done = measure(workshop.compare, progress)
    return done
