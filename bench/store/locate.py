"""Finds what is stored: by id, by path, or the latest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.model.run import Run
from bench.store.documents import AUDIT, BISECTION, COMPARISON, FLAMES, HEAP_PAIRS, RUN, SHOWN, SWEEP, Kind
from bench.store.files import StoreError, beside, is_file, read_json
from bench.text.suggest import nearest

# How the id of whatever was measured begins: with the time of its start.
_ID = re.compile(r"\d{8}T\d{6}Z-")

_KEYS: Mapping[frozenset[str], Kind[Any]] = {
    frozenset({"asked"}): BISECTION,
    frozenset({"releases"}): SWEEP,
    frozenset({"app", "coverage"}): AUDIT,
    frozenset({"base", "head"}): COMPARISON,
}
"""What only one kind has; what has none of them is a run."""


def kind(path: Path) -> Kind[Any]:
    """Which of those that are `SHOWN` a folder holds, or a file whatever its name: by what stands in it. Raises
    StoreError."""
    if path.is_dir():
        return next((known for known in SHOWN if (path / known.file).exists()), RUN)
    content = read_json(path)
    keys = content.keys() if isinstance(content, dict) else set()
    if {"base", "head"} <= keys and "margin" not in keys:
        return HEAP_PAIRS if content.get("kind") == "heaps" else FLAMES
    return next((known for those, known in _KEYS.items() if those <= keys), RUN)


def find(name: str, *folders: Path) -> Path:
    """The folder or file of what was stored by path, by its id in one of `folders`, or the `latest` of them all.

    Raises StoreError when there is none.
    """
    kept = [folder / known for folder in folders for of in SHOWN for known in ids(folder, of)]
    timed = [path for path in kept if path.name[:1].isdigit()]
    if name == "latest" and timed:
        return max(timed, key=lambda path: path.name)
    if Path(name).exists():
        return Path(name)
    if found := [path for path in kept if path.name == name]:
        return found[0]
    known = [*(path.name for path in kept), *(["latest"] if timed else []), *beside(Path(name))]
    raise StoreError(f"no result {name!r}, see `bench list`; {nearest(name, known)}")


def stored_run(folder: Path, name: str) -> Run | None:
    """The run that a word names: a JSON file, a folder that holds one, or the id of one in `folder`; None when it
    names no run. Raises StoreError for one that can't be read."""
    path = Path(name)
    if path.suffix == ".json" or is_file(path / RUN.file):
        return RUN.load(path)
    if name in (known := ids(folder)):
        return RUN.load(folder / name)
    if _ID.match(name):
        raise StoreError(f"no run {name!r}, see `bench list`; {nearest(name, known)}")
    return None


def ids(folder: Path, of: Kind[Any] = RUN) -> list[str]:
    """The ids of all runs in a folder, or of another kind, oldest first: an id starts with its time."""
    return sorted(found.parent.name for found in folder.glob(f"*/{of.file}"))
