"""Which route of an app a request goes to, as Starlette decides it: by the routes' order, and what their parameters
take."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from bench.model.app import AppDescription, Route

_PARAMETER = re.compile(r"\{[a-zA-Z_][a-zA-Z0-9_]*(?::([a-zA-Z_][a-zA-Z0-9_]*))?\}")
_TAKES = {
    "str": "[^/]+",
    "path": ".*",
    "int": "[0-9]+",
    "float": r"[0-9]+(?:\.[0-9]+)?",
    "uuid": "[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}",
}


@dataclass(frozen=True)
class _RoutePattern:
    route: Route
    pattern: re.Pattern[str]
    mount: re.Pattern[str]
    host: re.Pattern[str] | None


class RouteTable:
    """The routes of one app, ready to be asked for many requests."""

    def __init__(self, description: AppDescription) -> None:
        self._entries = [_route_pattern(route) for route in description.routes if route.kind != "websocket"]
        self._segments = {_first_segment(entry.route.path) for entry in self._entries}
        self._tried: dict[str, list[_RoutePattern]] = {}

    def route_of(self, method: str, path: str, host: str | None = None) -> Route | None:
        """The route that answers a request; `path` is as it was sent, with a query or without. None where none does:
        it is unknown, of another method, or redirected to a path that ends otherwise."""
        asked = unquote(path.partition("?")[0].partition("#")[0])
        within = ""
        for entry in self._possible(_first_segment(asked)):
            mount = entry.route.mount
            if within and not f"{mount}/".startswith(f"{within}/"):
                return None  # the app that is mounted there has none, and no other is asked
            if mount != within and not entry.mount.fullmatch(asked):
                continue
            if _other_host(entry, host):
                continue
            within = mount
            if _takes_method(entry.route, method.upper()) and entry.pattern.fullmatch(asked):
                return entry.route
        return None

    def instead_of(self, route: Route, path: str, host: str | None = None) -> Route | None:
        """The route that answers this path although it was made for another one, which comes later; None where that
        isn't so, or isn't known for sure: convertors of the app's own may refuse it."""
        found = self.route_of(route.method, path, host)
        if route.kind != "http" or found is None or found.id == route.id:
            return None
        convertors = (parameter.group(1) or "str" for parameter in _PARAMETER.finditer(found.path))
        return found if all(one in _TAKES for one in convertors) else None

    def _possible(self, segment: str) -> list[_RoutePattern]:
        """Those whose path may begin with this segment, in their order."""
        known = segment if segment in self._segments else ""
        if known not in self._tried:
            self._tried[known] = list(self._beginning_with(known))
        return self._tried[known]

    def _beginning_with(self, segment: str) -> Iterator[_RoutePattern]:
        for entry in self._entries:
            first = _first_segment(entry.route.path)
            if first in {segment, ""} or "{" in first:
                yield entry


def route_of(method: str, path: str, description: AppDescription, host: str | None = None) -> Route | None:
    """The route that answers one request, see `RouteTable.route_of`."""
    return RouteTable(description).route_of(method, path, host)


def _route_pattern(route: Route) -> _RoutePattern:
    host = re.compile(_pattern(route.host).pattern, re.IGNORECASE) if route.host else None
    return _RoutePattern(route, _pattern(route.path), _pattern(route.mount + "/{below:path}"), host)


@lru_cache(maxsize=50_000)
def _pattern(template: str) -> re.Pattern[str]:
    """What a path has to be; a convertor of the app's own takes what `str` takes, as far as is known here."""
    found, end = [], 0
    for parameter in _PARAMETER.finditer(template):
        takes = _TAKES.get(parameter.group(1) or "str", _TAKES["str"])
        found += [re.escape(template[end : parameter.start()]), f"(?:{takes})"]
        end = parameter.end()
    return re.compile("".join([*found, re.escape(template[end:])]))


def _first_segment(path: str) -> str:
    return path.removeprefix("/").partition("/")[0]


def _takes_method(route: Route, method: str) -> bool:
    """Starlette's own routes answer HEAD like GET, FastAPI's don't: they are known by their response class."""
    if route.kind in {"asgi", "wsgi", "redirect"}:
        return True
    if method == "HEAD" and route.method == "GET":
        return route.response_class is None
    return route.method == method


def _other_host(entry: _RoutePattern, host: str | None) -> bool:
    if entry.host is None:
        return False
    return host is None or not entry.host.fullmatch(host.rpartition(":")[0] if ":" in host else host)
