"""The routes of a list as they answer, whatever release of FastAPI made it: flat, or a tree of included routers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench.agent.introspection.libraries import imported
from bench.agent.introspection.names import attribute, items, text


def effective_routes(routes: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Each route as it was written, which tells its class, and as it answers, with prefixes and dependencies of the
    routers that include it. In the order in which they are tried. An included router that can't be gone through is
    there itself."""
    for route in routes:
        try:
            yield from list(_effective(route))
        except (Exception, SystemExit):  # noqa: BLE001  of one route, or of the release: the others are still listed
            yield route, route


def frontends(router: Any) -> Iterator[tuple[str, Any, Any]]:
    """Folders that FastAPI serves after all other routes (`app.frontend`): path, route, and the dependant."""
    candidates = attribute(router, "_iter_low_priority_routes")
    try:
        found = list(candidates()) if callable(candidates) else []
    except (Exception, SystemExit):  # noqa: BLE001
        return
    for candidate in found:
        group = attribute(candidate, "original_route", candidate)
        prefix = text(attribute(candidate, "frontend_prefix"))
        for route in items(group, "routes"):
            path = f"{prefix.rstrip('/')}/{text(attribute(route, 'path')).strip('/')}"
            yield path.rstrip("/"), route, attribute(candidate, "dependant")


def _effective(route: Any) -> Iterator[tuple[Any, Any]]:
    of_release = imported("fastapi.routing:iter_route_contexts")
    below = attribute(route, "effective_route_contexts")
    if of_release is not None:  # FastAPI 0.137.2 on
        yield from ((one.original_route, _answering(one)) for one in of_release([route]))
    elif callable(below):  # 0.137.0 and 0.137.1
        yield from ((one.original_route, one.starlette_route or one) for one in below())
    else:
        yield route, route


def _answering(context: Any) -> Any:
    """Of what isn't FastAPI's own, the route that was made with the prefix: 0.137.2's context doesn't speak for it."""
    return attribute(attribute(context, "_route_context"), "starlette_route") or context
