"""What a name stands for is followed to the Starlette application inside, whatever is wrapped around it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from unittest.mock import MagicMock

import pytest
from starlette.applications import Starlette
from starlette.routing import Router

from bench.agent.introspection.wrappers import inside


class Around:
    """Keeps what it is given under a name of one's own choice."""

    def __init__(self, name: str, app: Any) -> None:
        setattr(self, name, app)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...


def function_around(app: Any) -> Callable[..., Any]:
    async def called(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)

    return called


async def with_app(app: Any, scope: Any, receive: Any, send: Any) -> None: ...


@pytest.mark.parametrize("name", ["app", "_app", "wrapped", "asgi_app", "other_asgi_app", "called_otherwise"])
def test_an_object_around_an_application_is_followed(name: str) -> None:
    app = Starlette()
    outer = Around(name, app)
    assert inside(outer) == ([outer], app)


def test_wrappers_are_told_outermost_first() -> None:
    app = Starlette()
    inner = Around("app", app)
    middle = function_around(inner)
    partial = functools.partial(with_app, middle)
    outer = Around("inner", partial)
    assert inside(outer) == ([outer, partial, middle, inner], app)


def test_the_usual_name_leads_the_way_past_another_reference_to_the_same_app() -> None:
    app = Starlette()
    inner, outer = Around("app", app), Around("shortcut", app)
    outer.app = inner  # type: ignore[attr-defined]
    assert inside(outer) == ([outer, inner], app)


of_module = Starlette()


async def handing_on(scope: Any, receive: Any, send: Any) -> None:
    await of_module(scope, receive, send)


class HandingOn:
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await of_module(scope, receive, send)


class AroundForeign:
    """Calls its own `of_module`, and no global of this name."""

    def __init__(self) -> None:
        self.of_module = object()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.of_module(scope, receive, send)  # type: ignore[operator]


def test_an_attribute_is_not_taken_for_the_application_of_its_module_with_the_same_name() -> None:
    assert inside(AroundForeign())[1] is None


def test_an_application_of_the_module_is_followed_from_the_function_that_calls_it() -> None:
    for outer in (handing_on, HandingOn()):
        assert inside(outer) == ([outer], of_module)


def test_an_application_and_a_router_stand_for_themselves() -> None:
    for one in (Starlette(), Router()):
        assert inside(one) == ([], one)
    app = Starlette()
    assert inside(app.__call__) == ([], app)


def test_what_holds_no_application_has_none_inside() -> None:
    circle = Around("app", None)
    circle.app = circle  # type: ignore[attr-defined]
    for one in (circle, MagicMock(), function_around(None), {"app": Starlette()}, None, Starlette):
        assert inside(one) == ([], None)


def test_a_cell_that_isnt_filled_yet_is_no_obstacle() -> None:
    async def called(scope: Any, receive: Any, send: Any) -> None:
        await later(scope, receive, send)

    assert inside(called) == ([], None)
    if False:
        later: Any = None
