"""Headers that every request of a load has. `${NAME}` in a value stands for an environment variable.

Only the name is passed around and stored. The value is read in the process that sends it: a login must not end up in
results, files or the arguments of processes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from bench.serving.errors import HeaderError

Headers = tuple[tuple[str, str], ...]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_ONLY_A_VARIABLE = re.compile(rf"\s*(?:\w+ )?{_VARIABLE.pattern}\s*")
"""With the scheme of a login before it: `Bearer ${TOKEN}`."""
_NOT_IN_A_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_FRAMING = ("connection", "content-length", "transfer-encoding", "upgrade")
_NO_LOGINS = ("accept", "accept-encoding", "accept-language", "content-type", "host", "user-agent")


def parse(text: str) -> tuple[str, str]:
    """`Name: value`, the name in lower case. Raises ValueError, which doesn't quote the value."""
    name, colon, value = text.partition(":")
    if not colon or not _TOKEN.fullmatch(name):
        raise ValueError("write it as 'Name: value'")
    if name.lower() in _FRAMING:
        raise ValueError(f"{name} is set by the client for each request")
    _check_value(name, value)
    return name.lower(), value.strip()


def variables(headers: Headers) -> frozenset[str]:
    """The environment variables that they need."""
    return frozenset(name for _, value in headers for name in _VARIABLE.findall(value))


def with_values(headers: Headers, environ: Mapping[str, str]) -> Headers:
    """With the values of their variables. Raises HeaderError for one that isn't set, or can't be sent."""
    found = []
    for header, value in headers:
        for name in _VARIABLE.findall(value):
            if name not in environ:
                raise HeaderError(f"--header {header}: ${{{name}}} is not set; export {name}")
        sent = _VARIABLE.sub(lambda variable: environ[variable[1]], value)
        try:
            _check_value(header, sent)
        except ValueError as error:
            raise HeaderError(f"--header {header}: {error}") from None
        found.append((header, sent))
    return tuple(found)


def stored(text: str) -> str:
    """`Name: value` as results keep it: what is written out in a value may be a login, and is left out."""
    name, colon, value = text.partition(":")
    if not colon:
        return "…"
    if name.strip().lower() in _NO_LOGINS or _ONLY_A_VARIABLE.fullmatch(value):
        return text
    return f"{name}: {' '.join(f'${{{one}}}' for one in _VARIABLE.findall(value))}…"


def _check_value(name: str, value: str) -> None:
    if _NOT_IN_A_VALUE.search(value):
        raise ValueError(f"the value of {name} contains a line break or another control character")
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError(f"the value of {name} contains characters that no header can have") from None
