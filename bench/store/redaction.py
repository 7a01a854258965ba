"""Keeps the paths of this machine, and the values of variables, out of results."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from bench.model.base import Record
from bench.model.comparison import AnswerMismatch
from bench.model.run import MissingSample
from bench.text.secrets import masked

# At least two components, so that a fraction or a lone slash is none.
_ABSOLUTE = re.compile(r"""(?<![\w.~-])(?:/[^\s/'"`<>:;,()]+){2,}""")
Kept = TypeVar("Kept", bound=Record)
Quoting = TypeVar("Quoting", MissingSample, AnswerMismatch)


def without_paths(quoting: Quoting) -> Quoting:
    """What quotes others, as it is kept: it names files, but not where this machine has them."""
    if isinstance(quoting, MissingSample):
        return quoting.model_copy(update={"reason": placeless(quoting.reason)})
    return quoting.model_copy(update={"base": placeless(quoting.base), "head": placeless(quoting.head)})


def placeless(text: str) -> str:
    """Words of others, without where this machine keeps the files that they name, and without the user's secrets."""
    return _ABSOLUTE.sub(_last_name, masked(text))


def redacted(document: Kept) -> Kept:
    """A document as it is kept: whatever quotes others, without the paths of this machine."""
    quoting: dict[str, Callable[[Any], object]] = {
        "absences": without_paths,
        "disagreements": without_paths,
        "command": placeless,
    }
    kept = {
        name: tuple(map(clean, getattr(document, name)))
        for name, clean in quoting.items()
        if name in type(document).model_fields
    }
    return document.model_copy(update=kept)


def _last_name(path: re.Match[str]) -> str:
    """What begins with no folder of this machine is the path of a request, and stays; a home has no name left."""
    _, top, *below = path[0].split("/")
    if not Path("/", top).is_dir():
        return path[0]
    return f"…/{below[-1]}" if len(below) > 1 else "…"
