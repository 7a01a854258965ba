"""Where servers are: the address of local ones, and the URLs of those elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, quote, urlsplit

LOOPBACK = "127.0.0.1"
_PORTS = {"http": 80, "https": 443}
_UNQUOTED = "/%:@!$&'()*+,;=~?"
_CONTROL = re.compile(r"[\x00-\x20\x7f]")


@dataclass(frozen=True)
class ServerUrl:
    """A server, and the base path that is put before the path of every request: empty, or without a `/` at its end."""

    scheme: Literal["http", "https"]
    host: str
    port: int
    base_path: str = ""

    @classmethod
    def loopback(cls, port: int) -> ServerUrl:
        return cls("http", LOOPBACK, port)

    @classmethod
    def parse(cls, text: str) -> ServerUrl:
        """`http[s]://HOST[:PORT][/BASE/PATH]`. Raises ValueError, which says what is wrong with it."""
        parts = _split(text)
        if parts.query:
            raise ValueError("a base path can't have a query")
        return cls(*_origin(parts), quote(parts.path.rstrip("/"), safe=_UNQUOTED))

    @property
    def netloc(self) -> str:
        """The `Host` header: without the port that the scheme implies."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def tls(self) -> bool:
        return self.scheme == "https"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}{self.base_path}"


def request_url(text: str) -> tuple[ServerUrl, str]:
    """The server of `http[s]://HOST[:PORT]/PATH[?QUERY]`, and what to request of it: path and query. Raises ValueError,
    which says what is wrong with it."""
    parts = _split(text)
    path = quote(parts.path or "/", safe=_UNQUOTED)
    return ServerUrl(*_origin(parts)), f"{path}?{quote(parts.query, safe=_UNQUOTED)}" if parts.query else path


def has_path(text: str) -> bool:
    """Whether a URL names a path or a query, if only `/`."""
    parts = urlsplit(text)
    return bool(parts.path or parts.query)


def without_login(text: str) -> str:
    """A URL as it may be shown."""
    return re.sub(r"//.*@", "//…@", text)


def _split(text: str) -> SplitResult:
    if _CONTROL.search(text):
        raise ValueError("it contains a space or a control character")
    parts = urlsplit(text)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("write it as http[s]://HOST[:PORT][/PATH]")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a login in a URL would be stored; use --header 'Authorization: …'")
    return parts


def _origin(parts: SplitResult) -> tuple[Literal["http", "https"], str, int]:
    scheme: Literal["http", "https"] = "https" if parts.scheme == "https" else "http"
    host = (parts.hostname or "").encode("idna").decode()  # UnicodeError is a ValueError
    return scheme, host, _PORTS[scheme] if parts.port is None else parts.port
