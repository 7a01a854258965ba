"""Values that stood for a variable in this process, and how they are kept out of what is written.

An app may quote in an error what it was sent: a token must not reach a result that way.
"""

from __future__ import annotations

import html
import json
from urllib.parse import quote

_KNOWN: dict[str, str] = {}
"""Names of variables by every form that their values may be quoted in."""

QUOTED, WRITTEN = 4, 8
"""The shortest value that is replaced in words of others, and in whole files: what is shorter is there by chance."""


def remember(name: str, value: str) -> None:
    """From now on this value is replaced by `${name}`."""
    for form in (value, quote(value, safe=""), json.dumps(value)[1:-1], repr(value)[1:-1], html.escape(value)):
        _KNOWN.setdefault(form, name)


def forget() -> None:
    """Nothing is replaced any more."""
    _KNOWN.clear()


def masked(text: str, shortest: int = QUOTED) -> str:
    """The text without these values, and without the beginning of one that was cut off."""
    for value in _replaced(shortest):
        text = _without(text, value, f"${{{_KNOWN[value]}}}")
    return text


def named(text: str) -> str:
    """The text with `${NAME}` for whole values alone: what is still asked must mean the same."""
    for value in _replaced(WRITTEN):
        text = text.replace(value, f"${{{_KNOWN[value]}}}")
    return text


def _replaced(shortest: int) -> list[str]:
    """The longest first: one may hold another."""
    found = (value for value in _KNOWN if len(value) >= shortest and not value.isdecimal())
    return sorted(found, key=len, reverse=True)


def _without(text: str, value: str, instead: str) -> str:
    head = value[:WRITTEN]
    parts, end = [], 0
    while (begin := text.find(head, end)) >= 0:
        parts += [text[end:begin], instead]
        end = begin + len(head)
        while end < len(text) and end - begin < len(value) and text[end] == value[end - begin]:
            end += 1
    return "".join([*parts, text[end:]])
