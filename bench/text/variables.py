"""`${NAME}` in a text stands for a variable; `$${NAME}` is written for the text `${NAME}` itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from bench.model.errors import RefusedError
from bench.text import secrets

_VARIABLE = re.compile(r"(\$?)\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class VariableError(RefusedError):
    """A variable that isn't set; the message names it and the step."""


def names(text: str) -> list[str]:
    """The variables that a text needs."""
    return [name for escape, name in _VARIABLE.findall(text) if not escape]


def literal(text: str) -> str:
    """A text that stands for itself: words of others name no variable of ours."""
    return _VARIABLE.sub(lambda found: f"${found[0]}", text)


def expanded(text: str, values: Mapping[str, str], written: Callable[[str], str] = str) -> str:
    """With the values of its variables, as `written` has them; they are kept out of results from now on.

    Raises VariableError for one that isn't set.
    """

    def value(found: re.Match[str]) -> str:
        escape, name = found.groups()
        if escape:
            return found[0][1:]
        if name not in values:
            raise VariableError(f"${{{name}}} is not set; export {name}, or name a file that sets it with --env-file")
        secrets.remember(name, values[name])
        return written(values[name])

    return _VARIABLE.sub(value, text)
