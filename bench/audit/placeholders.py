"""What may be a login in a request that was recorded or typed, with `${NAME}` in its place: it is never stored."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

from bench.text import variables

_LOGIN = re.compile(
    r"auth|cookie|token|secret|passw|passphrase|credential|session|csrf|xsrf|signature|jwt|otp|api[-_]?key|access[-_]?key",
    re.IGNORECASE,
)
_KEY = re.compile(r"(?<!idempotency)[-_]key$", re.IGNORECASE)
"""How headers with keys end; a field of a body may be any key."""
_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9-]*) +(?P<value>\S.*)")


def header_may_be_login(name: str) -> bool:
    """Whether a header of this name may hold one."""
    return bool(_LOGIN.search(name) or _KEY.search(name))


class Placeholders:
    """Names by value, and back: the same value has the same name, another one a name of its own."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def header(self, name: str, value: str) -> str:
        """A header's value: all of a login but its scheme (`Bearer ${AUTHORIZATION}`), of cookies each value."""
        if not header_may_be_login(name) or variables.names(value):
            return value if variables.names(value) else variables.literal(value)
        if name.lower() == "cookie":
            return "; ".join(self._cookie(one.strip()) for one in value.split(";") if one.strip())
        if found := _SCHEME.fullmatch(value):
            return f"{found['scheme']} {self._named(name, found['value'])}"
        return self._named(name, value)

    def path(self, path: str) -> str:
        """A path with its query."""
        before, mark, query = path.partition("?")
        return f"{variables.literal(before)}{mark}{self._fields(query, unquote_plus)}"

    def json(self, value: Any, name: str = "") -> Any:
        """A JSON body: the texts that a key calls a secret."""
        match value:
            case str():
                return self._named(name, value) if value and _LOGIN.search(name) else variables.literal(value)
            case list():
                return [self.json(held, name) for held in value]
            case dict():
                return {key: self.json(held, key) for key, held in value.items()}
        return value

    def form(self, body: str) -> str:
        """A form: its values stay encoded, since a body is sent as it stands."""
        return self._fields(body, str)

    def _fields(self, query: str, decoded: Callable[[str], str]) -> str:
        return "&".join(self._field(*one.partition("="), decoded) for one in query.split("&"))

    def _field(self, name: str, equals: str, value: str, decoded: Callable[[str], str]) -> str:
        plain = unquote_plus(name)
        kept = self._named(plain, decoded(value)) if value and _LOGIN.search(plain) else variables.literal(value)
        return f"{name}{equals}{kept}"

    def _cookie(self, cookie: str) -> str:
        name, equals, value = cookie.partition("=")
        return f"{name}={self._named(name, value)}" if equals and value else self._named("cookie", cookie)

    def _named(self, name: str, value: str) -> str:
        base = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").upper() or "SECRET"
        base = f"_{base}" if base[0].isdigit() else base
        for number in range(1, len(self.values) + 2):
            made = base if number == 1 else f"{base}_{number}"
            if self.values.setdefault(made, value) == value:
                return f"${{{made}}}"
        raise AssertionError("one of the names is free")
