"""Reads the folded stacks that lie beside a document."""

from __future__ import annotations

from pathlib import Path

from bench.model.run import Run
from bench.profiles import folded as folding
from bench.profiles.folded import Stack
from bench.store.files import StoreError


def stacks(folder: Path, name: str) -> dict[Stack, int]:
    """Values by stack of a file that a document in `folder` names. Raises StoreError."""
    try:
        return dict(folding.stacks(folded(folder, name)))
    except ValueError as error:
        raise StoreError(f"{folder / name}: {error}; not written by layercake, or damaged") from error


def load_profiles(run: Run, folder: Path) -> dict[str, str]:
    """Folded stacks by the file that their sample names, of every profile of a run that lies in `folder`.

    Raises StoreError.
    """
    return {sample.file: folded(folder, sample.file) for sample in run.samples if sample.kind == "profile"}


def folded(folder: Path, name: str) -> str:
    """The folded stacks of a file that a document in `folder` names. Raises StoreError."""
    file = inside(folder, name)
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise StoreError(f"{file}: can't be read ({error.strerror}); keep the run's files together") from error
    except UnicodeDecodeError as error:
        raise StoreError(f"{file}: isn't text ({error}); not written by layercake, or damaged") from error


def inside(folder: Path, name: str) -> Path:
    """A file that a document in `folder` names. Raises StoreError for one outside: a document may come from somebody
    else, and doesn't get to put other files of this machine into a page."""
    file = folder / name
    if not file.resolve().is_relative_to(folder.resolve()):
        raise StoreError(f"{file}: is outside its document's folder; not written by layercake, or damaged")
    return file
