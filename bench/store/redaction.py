"""Keeps the paths of this machine out of results."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from bench.model.comparison import AnswerMismatch
from bench.model.run import MissingSample

# At least two components, so that a fraction or a lone slash is none.
_ABSOLUTE = re.compile(r"""(?<![\w.~-])(?:/[^\s/'"`<>:;,()]+){2,}""")
Quoting = TypeVar("Quoting", MissingSample, AnswerMismatch)


def without_paths(told: Quoting) -> Quoting:
    """What quotes others, as it is kept: it names files, but not where this machine has them."""
    if isinstance(told, MissingSample):
        return told.model_copy(update={"reason": placeless(told.reason)})
    return told.model_copy(update={"base": placeless(told.base), "head": placeless(told.head)})


def placeless(text: str) -> str:
    """Words of others, without where this machine keeps the files that they name."""
    return _ABSOLUTE.sub(_last_name, text)


def quoting(
    absences: Sequence[MissingSample], command: Sequence[str], disagreements: Sequence[AnswerMismatch] = ()
) -> dict[str, object]:
    """These fields of a document, as they are kept."""
    found: dict[str, object] = {
        "absences": tuple(map(without_paths, absences)),
        "command": tuple(map(placeless, command)),
    }
    if disagreements:
        found["disagreements"] = tuple(map(without_paths, disagreements))
    return found


def _last_name(path: re.Match[str]) -> str:
    """What begins with no folder of this machine is the path of a request, and stays; a home has no name left."""
    _, top, *below = path[0].split("/")
    if not Path("/", top).is_dir():
        return path[0]
    return f"…/{below[-1]}" if len(below) > 1 else "…"
