"""Sweeps and bisections on disk: `<folder>/<id>/sweep.json` or `bisection.json`, the anchor's lock, the comparisons."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from bench import host, store
from bench.pairs import Comparison
from bench.recording import Recording
from bench.run import git_state
from bench.samples import MEASUREMENT
from bench.series import SCHEMA_VERSION, Bisection, BisectionWords, Sweep, SweepWords
from bench.stack.build import Environment, restore
from bench.stack.recipe import Recipe, of_requirements
from bench.workspace import PROJECT

COMPARISONS = "comparisons"
_ANCHOR_LOCK = "anchor.lock"
_FILES: dict[type[Sweep | Bisection], str] = {Sweep: store.SWEEP_FILE, Bisection: store.BISECTION_FILE}

Kept = TypeVar("Kept", Sweep, Bisection)


def begin(
    kind: type[Kept],
    words: SweepWords | BisectionWords,
    releases: Sequence[str],
    anchor: tuple[str, Environment],
    command: Sequence[str],
    results: Path,
) -> Recording[Kept]:
    """A new series with nothing measured yet; the `anchor` is a release and its environment. Raises StoreError."""
    now, seed = datetime.now(UTC), random.SystemRandom().randrange(2**32)
    commit, dirty = git_state(PROJECT)
    release, environment = anchor
    document = kind.model_validate(
        {
            "id": f"{now:%Y%m%dT%H%M%SZ}-{seed:08x}",
            "started_at": now,
            "command": tuple(map(store.placeless, command)),
            "words": words,
            "seed": seed,
            "releases": tuple(releases),
            "anchor": recipe(words.package, release).side(environment.stack),
            "host": host.describe(),
            "commit": commit,
            "dirty": dirty,
            "harness_version": version("fastapi-layercake"),
            "measurement": MEASUREMENT,
        }
    )
    recording = _recording(document, results)
    store.write_atomically(recording.folder / _ANCHOR_LOCK, environment.lock)
    recording.flush()
    return recording


def unfinished(kind: type[Kept], words: SweepWords | BisectionWords, results: Path) -> Recording[Kept] | None:
    """The newest that the same words began on this host, if it isn't complete; one that can't be read is none."""
    here = host.describe().fingerprint
    for id_ in reversed(store.ids(results, _FILES[kind])):
        with contextlib.suppress(store.StoreError):
            found = load(kind, results / id_)
            alike = found.words == words and (found.host.fingerprint, found.measurement) == (here, MEASUREMENT)
            if alike and not found.complete:
                return _recording(found, results)
    return None


def anchor(recording: Recording[Kept]) -> Environment:
    """The anchor's environment, by the lock that was kept. Raises StackError and StoreError."""
    document, file = recording.document, recording.folder / _ANCHOR_LOCK
    try:
        lock = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise store.StoreError(f"{file}: can't be read ({error}); remove its folder, and begin anew") from error
    return restore(recipe(document.words.package, document.anchored), lock, PROJECT, document.words.python)


def recipe(package: str, release: str) -> Recipe:
    """The recipe of one release. Raises StackError."""
    text = f"{package}=={release}"
    return of_requirements([text], text)


def load(kind: type[Kept], path: Path) -> Kept:
    """The series of a file, or of the folder that holds it. Raises StoreError."""
    return store.read_as(path / _FILES[kind] if path.is_dir() else path, kind, SCHEMA_VERSION)


def comparisons(sweep: Sweep, folder: Path) -> dict[str, Comparison]:
    """By release, those that lie in a sweep's folder. Raises StoreError."""
    return {release: store.load_comparison(folder / COMPARISONS / id_) for release, id_ in sweep.comparisons.items()}


def _recording(document: Kept, results: Path) -> Recording[Kept]:
    folder = results / document.id
    return Recording(document, folder, partial(_save, file=folder / _FILES[type(document)]))


def _save(document: Sweep | Bisection, file: Path) -> None:
    store.write_atomically(file, document.model_dump_json(indent=1) + "\n")
