"""Somebody's own app: what was found in it as it runs, its requests, and which of its routes can be measured."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, StrictBool

from bench.model.base import Record
from bench.model.workload import Expect

RouteKind = Literal["http", "websocket", "static", "asgi", "wsgi", "redirect"]
"""`asgi` and `wsgi` are foreign apps that are mounted: opaque, measured as a whole."""

ReasonKind = Literal[
    "token",
    "state",
    "id",
    "input",
    "status",
    "server error",
    "rate limit",
    "slow",
    "order",
    "not http",
    "opaque",
    "skipped",
]
"""Why a route isn't measured: it wants a login (401, 403), changes state, needs an id or a parameter that isn't known
(404, 422), answers another status, fails, refuses more requests (429), takes too long, is never reached since another
route comes before it in the app, isn't HTTP, can't be looked into, or is skipped by the requests file."""


class Middleware(Record):
    """One middleware of an app. `name` is `module:Class`, `at` is `file:line`.

    `of` is the mount path of the (sub-)application whose stack it is in, "" for the app itself; `place` its index in
    that stack's `user_middleware`, None where it can't be left out: it wraps the Starlette application from outside.
    """

    name: str
    at: str | None = None
    base_http: bool = False
    of: str = ""
    place: int | None = None


class Dependency(Record):
    """One dependency of a route, as FastAPI resolves it: parents before what they depend on."""

    name: str
    at: str | None = None
    in_thread: bool = False
    yields: bool = False
    use_cache: bool = True


class Route(Record):
    """One method and full path template of an app. `endpoint` is `module:qualname`, `at` is `file:line`, relative to
    the app's folder.

    `middleware` are indexes into the app's, outermost first; `place` is its position among the routes that are tried
    before it. `host` is the Host header that it wants, `mount` the path below which the app is mounted that it is in.
    `mirrors` is the first of the routes that have the same endpoint, where that is another one. What a kind doesn't
    have is None or empty.
    """

    kind: RouteKind
    method: str
    path: str
    endpoint: str = ""
    at: str | None = None
    in_thread: bool | None = None
    in_schema: bool = False
    middleware: tuple[int, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    place: int | None = None
    response_model: bool = False
    response_class: str | None = None
    host: str | None = None
    mount: str = ""
    mirrors: str | None = None

    @property
    def id(self) -> str:
        """`GET /users/{id}`, `GET api.example.org/users`; what isn't HTTP has its kind in the place of the method."""
        return f"{self.method or self.kind.upper()} {self.host or ''}{self.path}"


class AppDescription(Record):
    """What an app is once its lifespan has started. `name` is how it was named, `type` what that is.

    `overrides` are the dependencies that `dependency_overrides` replaces. `shadowed` routes are never reached: one of
    the `routes` has the same method and path and comes before. Below `slash_redirects`, paths with a slash too many or
    too few at the end are redirected.
    """

    name: str
    type: str
    middleware: tuple[Middleware, ...] = ()
    routes: tuple[Route, ...]
    overrides: tuple[str, ...] = ()
    shadowed: tuple[Route, ...] = ()
    slash_redirects: tuple[str, ...] = ()


class FrozenRequest(Record):
    """One request of a route, as the requests file has it. `source` says where it came from.

    `${NAME}` in a header, the path or the body stands for a variable of the environment: its value is never stored.
    """

    path: str
    headers: dict[str, str] = Field(default_factory=dict)
    json_body: Any = Field(default=None, alias="json")
    body: str | None = None
    expect: Expect = Expect()
    varies: StrictBool | tuple[str, ...] = False
    source: str = "written by hand"


class RouteRequests(Record):
    """The requests of one route, or why there are none: `skip` is the user's word, `needs` what was found.

    In comparisons `margin`, such as "10%", is what matters of a change of this route, and with `ignore` none does.
    """

    margin: str | None = None
    ignore: StrictBool = False
    requests: tuple[FrozenRequest, ...] = ()
    skip: str | None = None
    needs: str | None = None


class RequestsFile(Record):
    """`layercake.json`. `headers` join every request; `routes` go by the route's id."""

    version: Literal[1] = 1
    app: str
    headers: dict[str, str] = Field(default_factory=dict)
    routes: dict[str, RouteRequests]


class RouteCoverage(Record):
    """Whether a route can be measured; if not, the kind of reason, and the reason with the next step in words."""

    route: str
    measured: bool
    reason: ReasonKind | None = None
    says: str = ""
