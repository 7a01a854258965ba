"""Where servers are: the address of local ones, and the URLs of those elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, quote, unquote, urlsplit

LOOPBACK = "127.0.0.1"
_PORTS = {"http": 80, "https": 443}
_OVER_UNIX, _UNIX_HOST = "+unix", "localhost"
_UNQUOTED = "/%:@!$&'()*+,;=~?"
_CONTROL = re.compile(r"[\x00-\x20\x7f]")


@dataclass(frozen=True)
class ServerUrl:
    """A server, and the base path that is put before the path of every request: empty, or without a `/` at its end.

    One on a Unix socket is written `http+unix://%2Frun%2Fapp.sock/base`, and is called `host` in requests. `trusted` is
    a file of certificates that TLS trusts; None: those that the system does.
    """

    scheme: Literal["http", "https"]
    host: str
    port: int
    base_path: str = ""
    unix_socket: str | None = None
    trusted: Path | None = None

    @classmethod
    def loopback(cls, port: int = 0, *, unix_socket: str | None = None, trusted: Path | None = None) -> ServerUrl:
        """One of this machine, on a port or on a Unix socket; over TLS with what its certificate is `trusted` by."""
        scheme: Literal["http", "https"] = "https" if trusted else "http"
        if unix_socket is None:
            return cls(scheme, LOOPBACK, port, trusted=trusted)
        return cls(scheme, _UNIX_HOST, _PORTS[scheme], unix_socket=unix_socket, trusted=trusted)

    @classmethod
    def parse(cls, text: str) -> ServerUrl:
        """`http[s]://HOST[:PORT][/BASE/PATH]`, `http[s]+unix://SOCKET[/BASE/PATH]`. Raises ValueError, which says what
        is wrong with it."""
        parts = _split(text)
        if parts.query:
            raise ValueError("a base path can't have a query")
        base_path = quote(parts.path.rstrip("/"), safe=_UNQUOTED)
        return cls(*_origin(parts), base_path, unix_socket=_unix_socket(parts))

    @property
    def netloc(self) -> str:
        """The `Host` header: without the port that the scheme implies."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def tls(self) -> bool:
        return self.scheme == "https"

    def __str__(self) -> str:
        if self.unix_socket is not None:
            return f"{self.scheme}{_OVER_UNIX}://{quote(self.unix_socket, safe='')}{self.base_path}"
        return f"{self.scheme}://{self.netloc}{self.base_path}"


def request_url(text: str) -> tuple[ServerUrl, str]:
    """The server of `http[s]://HOST[:PORT]/PATH[?QUERY]`, and what to request of it: path and query. Raises ValueError,
    which says what is wrong with it."""
    parts = _split(text)
    path = quote(parts.path or "/", safe=_UNQUOTED)
    server = ServerUrl(*_origin(parts), unix_socket=_unix_socket(parts))
    return server, f"{path}?{quote(parts.query, safe=_UNQUOTED)}" if parts.query else path


def has_path(text: str) -> bool:
    """Whether a URL names a path or a query, if only `/`."""
    parts = urlsplit(text)
    return bool(parts.path or parts.query)


def without_login(text: str) -> str:
    """A URL as it may be shown."""
    return re.sub(r"//.*@", "//***@", text)


def _split(text: str) -> SplitResult:
    if _CONTROL.search(text):
        raise ValueError("it contains a space or a control character")
    parts = urlsplit(text)
    if parts.scheme.removesuffix(_OVER_UNIX) not in _PORTS or not parts.hostname:
        raise ValueError("write it as http[s]://HOST[:PORT][/PATH]")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a login in a URL would be stored; use --header 'Authorization: …'")
    return parts


def _origin(parts: SplitResult) -> tuple[Literal["http", "https"], str, int]:
    scheme: Literal["http", "https"] = "https" if parts.scheme.startswith("https") else "http"
    if parts.scheme.endswith(_OVER_UNIX):
        return scheme, _UNIX_HOST, _PORTS[scheme]
    host = (parts.hostname or "").encode("idna").decode()  # UnicodeError is a ValueError
    return scheme, host, _PORTS[scheme] if parts.port is None else parts.port


def _unix_socket(parts: SplitResult) -> str | None:
    return unquote(parts.netloc) if parts.scheme.endswith(_OVER_UNIX) else None
