"""The dependencies of a route, as FastAPI resolves them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Security
from fastapi.security import SecurityScopes

from bench.agent.introspection.dependencies import dependencies, in_thread
from bench.agent.introspection.places import Places
from bench.agent.requests.asgi_client import PreparedRequest

PLACES = Places(Path(__file__).parent)
called: list[str] = []


def leaf() -> None:
    called.append("leaf")


def uncached(below: Annotated[None, Depends(leaf, use_cache=False)]) -> None:
    called.append("uncached")


def pair(one: Annotated[None, Depends(leaf)], two: Annotated[None, Depends(uncached)]) -> None:
    called.append("pair")


def scoped(scopes: SecurityScopes) -> None:
    called.append("scoped")


def instead(below: Annotated[None, Depends(scoped)]) -> None:
    called.append("instead")


async def endpoint(
    one: Annotated[None, Depends(pair)],
    two: Annotated[None, Depends(uncached)],
    three: Annotated[None, Depends(pair)],
    four: Annotated[None, Security(scoped, scopes=["read"])],
    five: Annotated[None, Security(scoped, scopes=["write"])],
) -> None: ...


async def asked(app: Any) -> None:
    request = {"method": "GET", "path": "/", "headers": {}, "body": None, "body_json": None}
    await PreparedRequest(app, request | {"expect": {"status": 200}, "varies": False}, {}).perform()


@pytest.mark.parametrize("overrides", [{}, {uncached: instead}])
def test_each_is_told_as_often_as_a_request_calls_it(overrides: dict[Any, Any]) -> None:
    app = FastAPI()
    app.add_api_route("/", endpoint)
    app.dependency_overrides = overrides
    called.clear()
    asyncio.run(asked(app))
    dependant = next(one.dependant for one in app.routes if getattr(one, "endpoint", None) is endpoint)  # type: ignore[attr-defined]
    names = [one["name"].rpartition(":")[2] for one in dependencies(dependant, overrides, PLACES)]
    assert sorted(names) == sorted(called)
    assert names[:2] == ["pair", "leaf"]


async def coroutine() -> None: ...


def plain() -> None: ...


def generator() -> Iterator[None]:
    yield


async def async_generator() -> AsyncIterator[None]:
    yield


class Call:
    def __call__(self) -> None: ...


class AsyncCall:
    async def __call__(self) -> None: ...


@pytest.mark.parametrize(
    ("call", "threaded", "yields"),
    [
        (coroutine, False, False),
        (plain, True, False),
        (generator, True, True),
        (async_generator, False, True),
        (Call, True, False),
        (Call(), True, False),
        (AsyncCall(), False, False),
    ],
)
def test_what_runs_in_a_thread_and_what_yields_is_told(call: Callable[..., Any], threaded: bool, yields: bool) -> None:
    app = FastAPI()
    app.add_api_route("/", coroutine, dependencies=[Depends(call)])
    (told,) = dependencies(app.routes[-1].dependant, {}, PLACES)  # type: ignore[attr-defined]
    assert (told["in_thread"], told["yields"]) == (threaded, yields)
    assert in_thread(call) == threaded
    assert told["at"].startswith("test_dependencies.py:")
