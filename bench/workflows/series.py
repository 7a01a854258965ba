"""Begins a sweep or a bisection, builds its anchor, and leaves out releases that cannot be compared."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from bench.analysis.bisection import NextComparison
from bench.model.comparison import Comparison
from bench.model.run import MEASUREMENT
from bench.model.series import Bisection, BisectionRequest, LeftOut, Series, SeriesRequest, Sweep, SweepRequest
from bench.stack.environment import Environment
from bench.stack.recipe import Recipe, of_requirements
from bench.store.documents import kind_of
from bench.store.files import StoreError, write_atomically
from bench.store.recording import Recording
from bench.store.redaction import placeless
from bench.store.series import ANCHOR_LOCK, Kept
from bench.workflows import stacks
from bench.workflows.comparison_stages import ComparisonListener
from bench.workflows.provenance import begun
from bench.workflows.request import MeasurementRequest
from bench.workspace import PROJECT


def begin(
    record: type[Kept],
    words: SweepRequest | BisectionRequest,
    releases: Sequence[str],
    anchor: tuple[str, Environment],
    command: Sequence[str],
    results: Path,
) -> Recording[Kept]:
    """A new series with nothing measured yet; the `anchor` is a release and its environment. Raises StoreError."""
    release, environment = anchor
    document = record.model_validate(
        {
            **begun(command, random.SystemRandom().randrange(2**32), PROJECT),
            "words": words,
            "releases": tuple(releases),
            "anchor": recipe(words, release).side(environment.stack),
            "measurement": MEASUREMENT,
        }
    )
    recording = kind_of(record).recording(document, results)
    write_atomically(recording.folder / ANCHOR_LOCK, environment.lock)
    recording.flush()
    return recording


def anchor(recording: Recording[Kept], choice: MeasurementRequest) -> Environment:
    """The anchor's environment, by the lock that was kept. Raises StackError and StoreError."""
    document, file = recording.document, recording.folder / ANCHOR_LOCK
    try:
        lock = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{file}: can't be read ({error}); remove its folder and start again") from error
    return stacks.restore(choice, recipe(document.words, document.anchored), lock, document.words.python)


def recipe(words: SeriesRequest, release: str) -> Recipe:
    """The recipe of one release. Raises StackError."""
    text = f"{words.package}=={release}"
    return of_requirements([text], text).adding(words.added)


Compare = Callable[[NextComparison], Comparison]
"""A complete comparison of two releases at a margin. Raises StackError and AgentError for what can't be compared."""


class SeriesListener(ComparisonListener, Protocol):
    """Who is told what is compared next; `left` is how many comparisons there are still to come, this one too."""

    def begins(self, what: str, left: int) -> None: ...


def leave_out(recording: Recording[Sweep] | Recording[Bisection], release: str, reason: str) -> None:
    document: Series = recording.document
    one = LeftOut(release=release, reason=placeless(reason))
    recording.change(left_out=(*document.left_out, one))
    recording.flush()
