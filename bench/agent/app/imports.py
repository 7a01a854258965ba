"""What an app imports that isn't its own: modules of the standard library and of packages."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

_INSTALLED = {"site-packages", "dist-packages"}


def libraries(folder: Path, target: str, before: set[str]) -> list[str]:
    """The modules that were imported since `before`, in the order in which their imports began, without those of the
    app: of its folder, of the other projects beside it, which stand in `PYTHONPATH`, and of the package that a
    `module:attribute` names."""
    package = target.partition(":")[0].partition(".")[0] if ":" in target else None
    beside = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)) if package else ()
    own = [folder.resolve(), *(Path(path).resolve() for path in beside)]
    return [name for name in list(sys.modules) if name not in before and _of_others(name, own, package)]


def import_all(names: Iterable[str]) -> None:
    """Import these. What can't be imported by itself is left to whoever imports it."""
    for name in names:
        if name not in sys.modules:
            with contextlib.suppress(Exception, SystemExit):
                importlib.import_module(name)


def _of_others(name: str, own: Sequence[Path], package: str | None) -> bool:
    """Only what can be imported by this name: not what another module has put there."""
    spec = getattr(sys.modules.get(name), "__spec__", None)
    if getattr(spec, "name", None) != name or not isinstance(origin := getattr(spec, "origin", None), str):
        return False
    if name.partition(".")[0] == package:
        return False
    file = Path(origin)
    return not any(folder in file.parents for folder in own) or bool(_INSTALLED.intersection(file.parts))
