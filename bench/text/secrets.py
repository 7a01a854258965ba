"""Values that stood for a variable in this process, and how they are kept out of what is written.

An app may quote in an error what it was sent: a token must not reach a result that way.
"""

from __future__ import annotations

import html
import json
import re
from urllib.parse import quote

_KNOWN: dict[str, str] = {}
"""Names of variables by every form that their values may be quoted in."""

QUOTED, WRITTEN = 4, 8
"""The shortest value that is replaced in words of others, and in whole files: what is shorter is there by chance."""
_LONG_NUMBER = 10
"""So many digits are nobody's count."""
_PUBLIC = re.compile(
    r"[a-z][a-z0-9+.-]*(?:://|%3A%2F%2F)(?:[^/?#@%]*(?=[/?#%]|$))?|(?:Bearer|Basic|Token)(?: |%20)", re.I
)
"""How many values begin: a scheme, with the host where no login comes before it."""
_GOES_ON = re.compile(r"(?!\.\.)(?:[\w/+=~%@-]|\.\w)")
"""What a value can go on with; elsewhere it ends, or was cut off."""
_IN_URL = re.compile(
    r"""(?P<scheme>\b[a-z][a-z0-9+.-]*(?:://|:\\/\\/|%3A%2F%2F))  # also as JSON and a query quote it
    (?: [^\s/?\#@:'"<>\[]*(?::|%3A)(?!\$\{\w+\}@)[^\s/?\#'"<>]*(?=@|%40)  # user:password, unless it is a variable
      | [^\s/?\#@:'"<>\[]+:(?!\d+[/?\#]|\$)(?:(?!://)[^\s@'"<>])+(?=@)  # with a / in it
      | [^\s/?\#@:'"<>\[]+:(?!\d+\b|[$*{])[^\s/?\#@'"<>…]+  # cut off
      | (?:(?<=http://)|(?<=https://))(?!\*)[^\s/?\#@:'"<>$]+(?=@)  # a token
    )""",
    re.IGNORECASE | re.VERBOSE,
)
"""A login in a URL, which an app's own errors quote, as those of databases do."""


def remember(name: str, value: str) -> None:
    """From now on this value is replaced by `${name}`."""
    for form in (value, quote(value, safe=""), json.dumps(value)[1:-1], repr(value)[1:-1], html.escape(value)):
        _KNOWN.setdefault(form, name)


def forget() -> None:
    """Nothing is replaced any more."""
    _KNOWN.clear()


def masked(text: str, shortest: int = QUOTED) -> str:
    """The text without these values, and without the beginning of one that was cut off. Logins in URLs go from what is
    quoted, but not from whole files: a request may have an address that only looks like one."""
    for value in _replaced(shortest):
        text = _without(text, value, f"${{{_KNOWN[value]}}}")
    return text if shortest == WRITTEN else without_logins(text)


def without_logins(text: str) -> str:
    """`***` in the place of each `user:password` of a URL, and of what is left of one that was cut off."""
    return _IN_URL.sub(r"\g<scheme>***", text)


def named(text: str) -> str:
    """The text with `${NAME}` for whole values alone: what is still asked must mean the same."""
    for value in _replaced(WRITTEN):
        text = text.replace(value, f"${{{_KNOWN[value]}}}")
    return text


def _replaced(shortest: int) -> list[str]:
    """The longest first: one may hold another."""
    found = (value for value in _KNOWN if len(value) >= shortest and not _is_common_number(value))
    return sorted(found, key=len, reverse=True)


def _is_common_number(value: str) -> bool:
    return value.isdecimal() and len(value) < _LONG_NUMBER


def _without(text: str, value: str, instead: str) -> str:
    """A beginning of the value is replaced where the value was cut off there: what only begins alike, and goes on
    differently, is something else."""
    text = text.replace(value, instead)
    head = value[: len(_begins_like_others(value)) + WRITTEN]
    parts, done, begin = [], 0, text.find(head)
    while begin >= 0:
        end = begin + len(head)
        while end < len(text) and end - begin < len(value) and text[end] == value[end - begin]:
            end += 1
        if not _GOES_ON.match(text, end):
            parts += [text[done:begin], instead]
            done = end
        begin = text.find(head, end)
    return "".join([*parts, text[done:]])


def _begins_like_others(value: str) -> str:
    found = _PUBLIC.match(value)
    return found[0] if found else ""
