"""Which modules are the code of the measured app: those of its folder, and of the package that it is named by."""

from __future__ import annotations

from pathlib import Path

PREFIX = "app."
"""What a profile calls them begins with this, so that it can tell them from libraries."""
_LIBRARIES = {"site-packages", "dist-packages"}
_named: set[tuple[Path, str]] = set()


def add(folder: Path, module: str) -> None:
    """An app was named by a module, with this folder first on the path."""
    _named.add((folder.resolve(), module.partition(".")[0]))


def called(module: str, file: str) -> str:
    """What a profile calls a module. A package `app` of the app's own is called that already."""
    return f"{PREFIX}{module}" if not module.startswith(PREFIX) and _is_own(module, Path(file)) else module


def _is_own(module: str, file: Path) -> bool:
    package = module.partition(".")[0]
    if any(package == named for _, named in _named):
        return True
    inside = any(folder in file.parents for folder, _ in _named)
    return inside and not _LIBRARIES.intersection(file.parts)
