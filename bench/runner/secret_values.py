"""Keeps the values of an app's variables, and logins in URLs, out of what is quoted of it."""

from __future__ import annotations

from collections.abc import Mapping

from bench.text.secrets import without_logins

# A shorter one is no secret, and words are full of it.
_SHORTEST = 4


def without_values(text: str, variables: Mapping[str, str]) -> str:
    """The text with `${NAME}` for each value, the longest first: one may hold another. Logins in URLs go too."""
    for name, value in sorted(variables.items(), key=lambda item: -len(item[1])):
        if len(value) >= _SHORTEST:
            text = text.replace(value, f"${{{name}}}")
    return without_logins(text)
