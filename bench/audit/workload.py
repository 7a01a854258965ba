"""An app's routes with their requests as a target, so that all that measures targets can measure them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from bench.audit import requests_file
from bench.model.app import AppDescription, FrozenRequest, RequestsFile, RouteRequests
from bench.model.workload import Request, Target
from bench.text import margins
from bench.text.numbers import counted

ADDS = "app"


def target_of(description: AppDescription | None, file: RequestsFile) -> Target:
    """The requests of every route that isn't skipped and answers as it should, by its id: `GET /users/{id}`, ` [2]` for
    a second one.

    Routes that the description doesn't have are left out; without one the file is taken at its word.
    """
    known = None if description is None else {route.id for route in description.routes}
    requests = {
        name: request_of(route, frozen, file)
        for route, name, frozen in named_requests(file)
        if file.routes[route].needs is None and (known is None or route in known)
    }
    return Target(
        name=file.app,
        description=f"{counted(len(requests), 'request')} of {file.app}",
        over=None,
        adds=ADDS,
        requests=requests,
        source_sha256=hashlib.sha256(requests_file.text(requests_file.without_gate(file)).encode()).hexdigest(),
    )


def named_requests(file: RequestsFile) -> Iterator[tuple[str, str, FrozenRequest]]:
    """The route, the name and the request of each that isn't skipped."""
    for route, held in file.routes.items():
        for at, frozen in enumerate(() if held.skip else held.requests):
            yield route, f"{route} [{at + 1}]" if at else route, frozen


def request_of(route: str, frozen: FrozenRequest, file: RequestsFile) -> Request:
    """A frozen request as it is asked, with the headers that all of the file have; its own win."""
    own = {name.lower(): value for name, value in frozen.headers.items()}
    held = file.routes.get(route, RouteRequests())
    return Request(
        path=frozen.path,
        method=method_of(route),
        headers={name.lower(): value for name, value in file.headers.items()} | own,
        body=frozen.body,
        body_json=frozen.json_body,
        expect=frozen.expect,
        varies=frozen.varies,
        margin=margins.share(held.margin) if held.margin else None,
        ignored=held.ignore,
    )


def method_of(route: str) -> str:
    """`GET` of `GET /users`; of what isn't HTTP by itself, such as `ASGI /files`, GET."""
    method = route.partition(" ")[0]
    return "GET" if method in _KINDS else method


_KINDS = ("STATIC", "ASGI", "WSGI", "REDIRECT", "WEBSOCKET")
