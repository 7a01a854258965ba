"""Which route is asked first."""

from __future__ import annotations

from collections.abc import Sequence

from bench.audit.openapi import names_in
from bench.model.app import Route
from bench.model.workload import SAFE_METHODS


def in_order(routes: Sequence[Route]) -> list[Route]:
    """Lists before what they list, creations before what is created, deletions last."""
    return sorted(routes, key=_turn)


def _turn(route: Route) -> tuple[int, int]:
    count = len(names_in(route.path))
    if route.method in SAFE_METHODS or not route.method:
        return (2 if count else 0), count
    return {"POST": 3 if count else 1, "DELETE": 5}.get(route.method, 4), count
