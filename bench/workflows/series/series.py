"""Begins a sweep or a bisection, and builds the anchor of one over releases."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from bench.analysis.series.bisection import NextComparison
from bench.model.comparison import Comparison
from bench.model.run import MEASUREMENT
from bench.model.series import ReleaseBisectionRequest, SeriesRequest, Sweep, SweepRequest
from bench.stack.environment import Environment
from bench.stack.recipe import Recipe, of_requirements
from bench.store.documents import kind_of
from bench.store.files import StoreError, write_atomically
from bench.store.recording import Recording
from bench.store.series import ANCHOR_LOCK, Kept
from bench.workflows import stacks
from bench.workflows.comparison.stages import ComparisonListener
from bench.workflows.provenance import begun
from bench.workflows.request import MeasurementRequest
from bench.workspace import PROJECT


def begin(
    record: type[Kept],
    words: SweepRequest | ReleaseBisectionRequest,
    releases: Sequence[str],
    anchor: tuple[str, Environment],
    command: Sequence[str],
    results: Path,
) -> Recording[Kept]:
    """A new series over releases with nothing measured yet; the `anchor` is a release and its environment. Raises
    StoreError."""
    release, environment = anchor
    listed = "releases" if record is Sweep else "versions"
    fields = {"words": words, listed: tuple(releases), "anchor": recipe(words, release).side(environment.stack)}
    recording = unsaved(record, fields, command, results)
    write_atomically(recording.folder / ANCHOR_LOCK, environment.lock)
    recording.flush()
    return recording


def unsaved(record: type[Kept], fields: Mapping[str, object], command: Sequence[str], results: Path) -> Recording[Kept]:
    """A new series with `fields` of its own, nothing of which is on disk yet."""
    common = begun(command, random.SystemRandom().randrange(2**32), PROJECT)
    document = record.model_validate({**common, **fields, "measurement": MEASUREMENT})
    return kind_of(record).recording(document, results)


def anchor(folder: Path, words: SeriesRequest, release: str, choice: MeasurementRequest) -> Environment:
    """The environment of the anchor, by the lock that was kept in the series' folder. Raises StackError and
    StoreError."""
    file = folder / ANCHOR_LOCK
    try:
        lock = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{file}: can't be read ({error}); remove its folder and start again") from error
    return stacks.restore(choice, recipe(words, release), lock, words.python_of(release))


def recipe(words: SeriesRequest, release: str) -> Recipe:
    """The recipe of one release. Raises StackError."""
    if words.of_python:
        return of_requirements([]).adding(words.added)
    text = f"{words.package}=={release}"
    return of_requirements([text], text).adding(words.added)


Compare = Callable[[NextComparison], Comparison]
"""A complete comparison of two versions at a margin. Raises StackError, AgentError and UsageError for what can't be
compared."""


class SeriesListener(ComparisonListener, Protocol):
    """Receives what is compared next; `left` is how many comparisons there are still to come, this one too."""

    def begins(self, what: str, left: int) -> None: ...
