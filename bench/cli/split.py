"""`bench compare --split`: which share of each change comes from dependencies, and which from code."""

from __future__ import annotations

import sys

import typer

from bench.cli.output import Exit, console, errors
from bench.cli.paired import show_comparison
from bench.cli.progress import SeriesProgress
from bench.model.comparison import Comparison
from bench.report.words.split import residuals
from bench.store.files import StoreError
from bench.store.recording import Recording
from bench.workflows.app.versions import VersionPair
from bench.workflows.comparison.split import Splitter
from bench.workflows.request import MeasurementRequest


def split_changes(recording: Recording[Comparison], versions: VersionPair, choice: MeasurementRequest) -> None:
    """Of a complete comparison of these versions, which stands whatever becomes of that; exits when it is interrupted.

    What can't be split, and shares that don't add up, are said in a line each.
    """
    try:
        with SeriesProgress(console, recording.document.budget_s) as progress:
            found = Splitter(versions, choice, progress, tuple(sys.argv[1:])).split(recording)
    except KeyboardInterrupt:
        show_comparison(recording.document)
        errors.print(f"interrupted while splitting the changes; the comparison is saved in {recording.folder}")
        raise typer.Exit(Exit.INTERRUPTED) from None
    except StoreError as error:
        errors.print(f"bench: can't split the changes: {error}")
        return
    if found.reason:
        errors.print(f"bench: not split: {found.reason}", markup=False)
    for line in residuals(recording.document):
        errors.print(f"bench: --split: {line}", markup=False)
