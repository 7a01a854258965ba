"""A walk through an app: each route with its full path, and the middleware on its way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bench.agent.introspection import middleware
from bench.agent.introspection.dependencies import dependencies
from bench.agent.introspection.effective_routes import effective_routes, frontends
from bench.agent.introspection.endpoints import by_method
from bench.agent.introspection.libraries import imported
from bench.agent.introspection.middleware import FoundMiddleware
from bench.agent.introspection.names import attribute, is_a, items, qualified_name, text
from bench.agent.introspection.openapi import FoundApplication
from bench.agent.introspection.places import Places
from bench.agent.introspection.wrappers import inside

_BELOW = "/{path:path}"


@dataclass(frozen=True)
class Level:
    """Where the walk is. `path` stands before every path below it, `host` and `mount` are those of the routes there.

    `chain` are indexes of the middleware on the way, `place` how many routes were tried on it, and `within` the
    applications around it.
    """

    path: str = ""
    host: str | None = None
    mount: str = ""
    chain: tuple[int, ...] = ()
    place: int = 0
    within: tuple[Any, ...] = ()
    application: FoundApplication | None = None


class Walk:
    """What was found: `routes` and `middleware` as records of them, `applications` with the path of each.

    `shadowed` are routes of which another one with the same method and path was found before, `slash_redirects` the
    paths below which a slash too many or too few is redirected.
    """

    def __init__(self, places: Places) -> None:
        self.routes: list[dict[str, Any]] = []
        self.shadowed: list[dict[str, Any]] = []
        self.middleware: list[dict[str, Any]] = []
        self.slash_redirects: list[str] = []
        self.applications: list[FoundApplication] = []
        self._places = places
        self._known: set[tuple[Any, ...]] = set()
        self._first: dict[tuple[int, str], str] = {}

    def application(self, asgi: Any, level: Level) -> bool:
        """Walk through the application inside an ASGI app; whether there is one that isn't walked through already."""
        wrappers, found = inside(asgi)
        if found is None or any(found is one for one in level.within):
            return False
        level = self._through(replace(level, within=(*level.within, found)), map(middleware.wrapped, wrappers))
        if is_a(found, imported("starlette.routing:BaseRoute")):
            self._list([found], level)
            return True
        router = found
        if is_a(found, imported("starlette.applications:Starlette")):
            self.applications.append(FoundApplication(level.path, found))
            level = replace(level, application=self.applications[-1])
            level = self._through(level, middleware.of_application(found))
            router = attribute(found, "router")
        level = self._through(level, middleware.of_router(router))
        self._router(router, level)
        return True

    def _router(self, router: Any, level: Level) -> None:
        place = self._list(items(router, "routes"), level)
        for path, route, dependant in frontends(router):
            below = {"dependencies": self._dependencies(dependant, level), "endpoint": qualified_name(route)}
            self._add("static", level.path + path + _BELOW, replace(level, place=place), method="GET", **below)
        if attribute(router, "redirect_slashes") is True:
            self.slash_redirects.append(f"{level.host or ''}{level.path}/")

    def _list(self, routes: list[Any], level: Level) -> int:
        """How many routes were tried after these."""
        place = level.place
        for original, effective in effective_routes(routes):
            try:
                self._route(original, effective, replace(level, place=place))
            except (Exception, SystemExit):  # noqa: BLE001  whatever it raises, it is a route that can't be looked into
                self._opaque(original, text(attribute(effective, "path")), replace(level, place=place))
            place += 1
        return place

    def _route(self, original: Any, effective: Any, level: Level) -> None:
        path = text(attribute(effective, "path"))
        if is_a(original, imported("starlette.routing:Mount")):
            self._mount(effective, path, level)
        elif is_a(original, imported("starlette.routing:Host")):
            host = text(attribute(effective, "host"))
            self._mounted(attribute(effective, "app"), replace(level, host=host))
        elif is_a(original, imported("starlette.routing:WebSocketRoute")):
            self._websocket(effective, path, level)
        elif is_a(original, imported("starlette.routing:Route")):
            self._http(original, effective, path, level)
        else:
            self._opaque(original, path, level)

    def _http(self, original: Any, effective: Any, path: str, level: Level) -> None:
        endpoint = attribute(effective, "endpoint")
        level = self._through(level, middleware.of_route(effective, endpoint), of=level.path + path)
        endpoints = list(by_method(original, effective, self._places))
        if not endpoints:
            self._opaque(endpoint, path, level)
            return
        shared: dict[str, Any] = {}
        if is_a(original, imported("fastapi.routing:APIRoute")):
            shared = self._of_fastapi(effective, level)
            if level.application is not None:
                local = (level.path + path).removeprefix(level.application.path)
                level.application.api_routes.append((local, effective))
        for one in endpoints:
            mirrors = self._mirrored(endpoint, one["method"], f"{level.host or ''}{level.path}{path}")
            self._add("http", level.path + path, level, **one, **shared, mirrors=mirrors)

    def _mirrored(self, endpoint: Any, method: str, path: str) -> str | None:
        """The route that had the same endpoint first, if that was another one."""
        route = f"{method} {path}"
        first = self._first.setdefault((id(endpoint), method), route)
        return None if first == route else first

    def _of_fastapi(self, effective: Any, level: Level) -> dict[str, Any]:
        given = attribute(effective, "response_class")
        default = imported("fastapi.datastructures:DefaultPlaceholder")
        response_class = attribute(given, "value") if is_a(given, default) else given
        return {
            "in_schema": attribute(effective, "include_in_schema") is True,
            "dependencies": self._dependencies(attribute(effective, "dependant"), level),
            "response_model": attribute(effective, "response_field") is not None,
            "response_class": None if response_class is None else qualified_name(response_class),
        }

    def _websocket(self, effective: Any, path: str, level: Level) -> None:
        endpoint = attribute(effective, "endpoint")
        level = self._through(level, middleware.of_route(effective, endpoint), of=level.path + path)
        self._add(
            "websocket",
            level.path + path,
            level,
            **self._called(endpoint),
            dependencies=self._dependencies(attribute(effective, "dependant"), level),
        )

    def _mount(self, mount: Any, path: str, level: Level) -> None:
        below = level.path + path
        app = attribute(mount, "_base_app", attribute(mount, "app"))
        level = self._through(level, middleware.of_route(mount, app), of=below)
        self._mounted(app, replace(level, path=below, mount=below))

    def _mounted(self, app: Any, level: Level) -> None:
        if is_a(app, imported("starlette.staticfiles:StaticFiles")):
            self._add("static", level.path + _BELOW, level, method="GET", **self._called(app))
        elif not self.application(app, replace(level, place=level.place + 1)):
            self._opaque(app, _BELOW, level)

    def _opaque(self, app: Any, path: str, level: Level) -> None:
        kind = "wsgi" if "wsgi" in qualified_name(app).lower() else "asgi"
        if is_a(app, imported("starlette.responses:RedirectResponse")):
            kind = "redirect"
        self._add(kind, level.path + path, level, **self._called(app))

    def _called(self, endpoint: Any) -> dict[str, Any]:
        return {"endpoint": qualified_name(endpoint), "at": self._places.of(endpoint)}

    def _dependencies(self, dependant: Any, level: Level) -> list[dict[str, Any]]:
        """The application that they are in tells which others stand for them."""
        overrides = (attribute(one, "dependency_overrides") for one in reversed(level.within))
        return dependencies(dependant, next((one for one in overrides if is_a(one, dict)), {}), self._places)

    def _through(self, level: Level, found: Any, of: str | None = None) -> Level:
        """The same level behind these, which are added to what was found; `of` is whose stack they are in."""
        first = len(self.middleware)
        self.middleware.extend(self._record(one, level.path if of is None else of) for one in found)
        return replace(level, chain=(*level.chain, *range(first, len(self.middleware))))

    def _record(self, one: FoundMiddleware, of: str) -> dict[str, Any]:
        at = self._places.of(one.made_by)
        return {"name": one.name, "at": at, "base_http": one.base_http, "of": of, "place": one.place}

    def _add(self, kind: str, path: str, level: Level, method: str = "", **more: Any) -> None:
        key = (method or kind, level.host, path)
        route: dict[str, Any] = {"kind": kind, "method": method, "path": path, "host": level.host, "mount": level.mount}
        route |= {"middleware": level.chain, "place": level.place, **more}
        (self.shadowed if key in self._known else self.routes).append(route)
        self._known.add(key)
