"""The middleware of an application: what was added to it, and what others put into its stack."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Router

from bench.agent.introspection import middleware
from bench.agent.introspection.middleware import FoundMiddleware


class Own:
    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


class Traced(Own):
    pass


class Base(BaseHTTPMiddleware):
    pass


async def dispatched(request: Any, call_next: Any) -> Any:
    return await call_next(request)


def made(app: Any) -> Callable[..., Any]:
    async def called(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)

    return called


def unchanged(app: Any) -> Any:
    return app


def told(found: list[FoundMiddleware]) -> list[tuple[str, bool, int | None]]:
    return [(one.name.rpartition(":")[2], one.base_http, one.place) for one in found]


ENTRIES = [
    Middleware(Own),
    Middleware(made),
    Middleware(Base),
    Middleware(unchanged),
    Middleware(BaseHTTPMiddleware, dispatch=dispatched),
    Middleware(GZipMiddleware, minimum_size=1),
]
TOLD = [
    ("Own", False, 0),
    ("made", False, 1),
    ("Base", True, 2),
    ("unchanged", False, 3),
    ("dispatched", True, 4),
    ("GZipMiddleware", False, 5),
]


@pytest.mark.parametrize("built", [True, False])
def test_middleware_is_told_in_its_order_by_class_or_by_function(built: bool) -> None:
    app = Starlette(middleware=ENTRIES)
    if built:
        app.middleware_stack = app.build_middleware_stack()
    assert told(middleware.of_application(app)) == TOLD


def test_what_a_tracing_library_puts_into_the_stack_is_told_and_has_no_place() -> None:
    app = Starlette(middleware=[Middleware(Own), Middleware(Base)])
    build = app.build_middleware_stack
    stack: Any = build()
    stack.app.app = Traced(stack.app.app)
    app.middleware_stack = Traced(stack)
    expected = [("Traced", False, None), ("Own", False, 0), ("Traced", False, None), ("Base", True, 1)]
    assert told(middleware.of_application(app)) == expected


def test_a_stack_that_cant_be_looked_through_leaves_what_was_added() -> None:
    app = Starlette(middleware=ENTRIES)

    async def opaque(scope: Any, receive: Any, send: Any) -> None: ...

    app.middleware_stack = opaque
    assert told(middleware.of_application(app)) == TOLD


def test_the_middleware_of_a_router_is_told() -> None:
    assert told(middleware.of_router(Router(middleware=[Middleware(Own), Middleware(Base)]))) == [
        ("Own", False, None),
        ("Base", True, None),
    ]
    assert middleware.of_router(Router()) == []
