"""Sweeps and bisections on disk: `<folder>/<id>/sweep.json` or `bisection.json`, the anchor's lock, the comparisons."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path
from typing import TypeVar

from bench.analysis.bisection import BisectionAnswer, answer
from bench.host import fingerprint
from bench.model.comparison import Comparison
from bench.model.run import MEASUREMENT
from bench.model.series import SCHEMA_VERSION, Bisection, BisectionRequest, Sweep, SweepRequest
from bench.store import documents, locate
from bench.store.files import StoreError, read_as, write_atomically
from bench.store.recording import Recording

COMPARISONS = "comparisons"
ANCHOR_LOCK = "anchor.lock"
_FILES: dict[type[Sweep | Bisection], str] = {Sweep: documents.SWEEP_FILE, Bisection: documents.BISECTION_FILE}

Kept = TypeVar("Kept", Sweep, Bisection)


def unfinished(kind: type[Kept], words: SweepRequest | BisectionRequest, results: Path) -> Recording[Kept] | None:
    """The newest that the same words began on this host, if it isn't complete; one that can't be read is none."""
    here = fingerprint.describe().fingerprint
    for id_ in reversed(locate.ids(results, _FILES[kind])):
        with contextlib.suppress(StoreError):
            found = load(kind, results / id_)
            alike = found.words == words and (found.host.fingerprint, found.measurement) == (here, MEASUREMENT)
            if alike and not found.complete:
                return recording_of(found, results)
    return None


def load(kind: type[Kept], path: Path) -> Kept:
    """The series of a file, or of the folder that holds it. Raises StoreError."""
    return read_as(path / _FILES[kind] if path.is_dir() else path, kind, SCHEMA_VERSION)


def comparisons(sweep: Sweep, folder: Path) -> dict[str, Comparison]:
    """By release, those that lie in a sweep's folder. Raises StoreError."""
    return {
        release: documents.load_comparison(folder / COMPARISONS / id_) for release, id_ in sweep.comparisons.items()
    }


def recording_of(document: Kept, results: Path) -> Recording[Kept]:
    folder = results / document.id
    return Recording(document, folder, partial(_save, file=folder / _FILES[type(document)]))


def _save(document: Sweep | Bisection, file: Path) -> None:
    write_atomically(file, document.model_dump_json(indent=1) + "\n")


def answered(recording: Recording[Bisection]) -> list[BisectionAnswer]:
    """What the comparisons that a bisection has say. Raises StoreError."""
    folder = recording.folder / COMPARISONS
    return [answer(one, documents.load_comparison(folder / one.comparison)) for one in recording.document.asked]
