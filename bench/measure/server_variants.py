"""The bare server, and what of uvicorn's settings is added to it, one at a time."""

from __future__ import annotations

from dataclasses import dataclass

from bench.model.server import ServerSettings, Setting

_BARE: dict[str, Setting] = {
    "access_log": False,
    "date_header": False,
    "http": "httptools",
    "loop": "uvloop",
    "proxy_headers": False,
    "server_header": False,
}
BARE_REQUIRES = ("uvloop", "httptools")
"""The packages that a bare server can't do without."""
_LOGGED: dict[str, Setting] = {"access_log": True}
_HEADERS: dict[str, Setting] = {"date_header": True, "server_header": True}
_PROXY: dict[str, Setting] = {"proxy_headers": True}


@dataclass(frozen=True)
class ServerVariant:
    """What differs from the bare server. Those that are `beside` it run in its process, on its loop; `cores` are how
    many its processes have."""

    name: str
    changes: dict[str, Setting]
    beside: bool = True
    cores: int = 1

    @property
    def server(self) -> ServerSettings:
        return settings(self.changes)


def settings(changes: dict[str, Setting]) -> ServerSettings:
    """The bare server with these changes."""
    return ServerSettings(settings=dict(sorted((_BARE | changes).items())))


BARE = settings({})
VARIANTS = (
    ServerVariant("access log", _LOGGED),
    ServerVariant("proxy headers", _PROXY),
    ServerVariant("date and server headers", _HEADERS),
    ServerVariant("all three, uvicorn's defaults", _LOGGED | _PROXY | _HEADERS),
    ServerVariant("h11 instead of httptools", {"http": "h11"}),
    ServerVariant("TLS", {"tls": True}),
    ServerVariant("asyncio instead of uvloop", {"loop": "asyncio"}, beside=False),
    ServerVariant("second worker", {"workers": 2}, beside=False),
    ServerVariant("second worker on a core of its own", {"workers": 2}, beside=False, cores=2),
)
