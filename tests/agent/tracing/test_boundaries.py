"""What is burnt in a handler, a dependency or a middleware is found in the row that it belongs to, whatever the app."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import fastapi.applications
import fastapi.routing
import pytest
import starlette.applications
import starlette.routing
from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bench.agent.app.asgi_app import load
from bench.agent.requests.asgi_client import PreparedRequest
from bench.agent.tracing.boundaries import Boundaries
from bench.agent.tracing.clock import LAYERS, Account, LayerClock
from bench.catalog.targets import read_targets
from bench.model.workload import Request

BURN_NS, TIMES, ROUNDS = 4_000_000, 4, 3
WRAPPED: tuple[tuple[Any, str], ...] = (
    (starlette.routing, "request_response"),
    (starlette.applications.Starlette, "build_middleware_stack"),
    (fastapi.applications.FastAPI, "build_middleware_stack"),
    (fastapi.routing, "solve_dependencies"),
)
TARGETS = Path(__file__).parents[3] / "targets"
MAIN_CHAIN = (
    "raw_asgi", "starlette_plain", "starlette_json", "fastapi_plain", "fastapi_dict", "fastapi_response_model",
    "fastapi_orjson", "fastapi_def", "fastapi_body", "csv_full", "csv_stream", "deps_yield", "deps_one_def",
    "request_id_asgi", "request_id_base", "auth_asgi", "routes_nested", "errors_handlers",
)  # fmt: skip

Answer = tuple[int, list[tuple[str, str]], bytes]


@pytest.fixture(autouse=True)
def unwrapped_afterwards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for owner, name in WRAPPED:
        monkeypatch.setattr(owner, name, vars(owner)[name])
    before = list(gc.callbacks)
    yield
    gc.callbacks[:] = before


def burn(ns: int = BURN_NS) -> None:
    end_ns = time.thread_time_ns() + ns
    while time.thread_time_ns() < end_ns:
        pass


def spent(make: Callable[[], Any], request: Request = Request(path="/"), status: int = 200) -> dict[str, float]:  # noqa: B008
    """CPU by layer, in burns a request: of each layer the least of all rounds, since a neighbour only adds."""

    async def drive() -> dict[str, float]:
        boundaries = Boundaries(LayerClock())
        boundaries.install()
        exchange = PreparedRequest(boundaries.app(make()), request.model_dump(), {})
        assert (await exchange.answer())[0] == status
        rounds = []
        for _ in range(ROUNDS):
            account = Account()
            boundaries.start(account)
            for _ in range(TIMES):
                assert (await exchange.answer())[0] == status
            boundaries.stop()
            rounds.append(account.spent_ns)
        return {name: min(ns) / BURN_NS / TIMES for name, ns in zip(LAYERS, zip(*rounds, strict=True), strict=True)}

    return asyncio.run(drive())


def only(row: str, found: dict[str, float]) -> None:
    """One burn in this row, and in no other as much as half of one."""
    assert found[row] == pytest.approx(1, rel=0.4), found
    assert max(burns for name, burns in found.items() if name != row) < 0.7, found


def test_a_burning_endpoint_is_the_handlers() -> None:
    def make() -> FastAPI:
        app = FastAPI()

        @app.get("/")
        async def get() -> str:
            burn()
            return "fine"

        return app

    only("handler", spent(make))


def test_a_def_endpoint_is_the_handlers_in_the_thread_that_runs_it() -> None:
    def make() -> FastAPI:
        app = FastAPI()

        @app.get("/")
        def get() -> str:
            burn()
            return "fine"

        return app

    only("handler", spent(make))


@pytest.mark.parametrize("kind", ["async", "def", "nested", "router", "yield", "def yield"])
def test_a_burning_dependency_is_the_handlers(kind: str) -> None:
    async def slow() -> None:
        burn()

    def slow_def() -> None:
        burn()

    async def over(_: None = Depends(slow)) -> None:
        pass

    async def around() -> AsyncIterator[None]:
        burn(BURN_NS // 2)
        yield
        burn(BURN_NS // 2)

    def around_def() -> Iterator[None]:
        burn(BURN_NS // 2)
        yield
        burn(BURN_NS // 2)

    wanted = {
        "async": slow,
        "def": slow_def,
        "nested": over,
        "router": slow,
        "yield": around,
        "def yield": around_def,
    }[kind]

    def make() -> FastAPI:
        app = FastAPI()
        router = APIRouter() if kind == "router" else app

        @router.get("/")
        async def get(_: None = Depends(wanted), __: None = Depends(wanted)) -> str:
            return "fine"

        if isinstance(router, APIRouter):
            app.include_router(router)
        return app

    only("handler", spent(make))


@pytest.mark.parametrize("kind", ["async", "def"])
def test_a_dependency_with_yield_handles_what_the_endpoint_raises_as_without_timers(kind: str) -> None:
    seen: list[str] = []

    async def around() -> AsyncIterator[str]:
        try:
            yield "session"
        except KeyError as error:
            seen.append(f"rolled back for {error}")
            raise

    def around_def() -> Iterator[str]:
        try:
            yield "session"
        except KeyError as error:
            seen.append(f"rolled back for {error}")
            raise

    def make() -> FastAPI:
        app = FastAPI()

        @app.get("/")
        async def get(session: str = Depends(around if kind == "async" else around_def)) -> str:
            raise KeyError(session)

        @app.exception_handler(KeyError)
        async def handle(_: Any, error: Exception) -> PlainTextResponse:
            return PlainTextResponse(str(error), status_code=418)

        return app

    spent(make, status=418)
    assert seen == ["rolled back for 'session'"] * (ROUNDS * TIMES + 1)


def test_a_burning_middleware_is_the_apps_own_code_and_what_it_calls_is_not() -> None:
    class Burning:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                burn()
            await self.app(scope, receive, send)

    def make() -> FastAPI:
        app = FastAPI()
        app.add_middleware(Burning)

        @app.get("/")
        async def get() -> str:
            return "fine"

        return app

    only("handler", spent(make))


@pytest.mark.parametrize("wrapping", ["class", "function"])
def test_of_a_middleware_with_a_base_class_only_its_own_function_is_the_handlers(wrapping: str) -> None:
    async def dispatch(request: Any, call_next: Any) -> Any:
        burn()
        return await call_next(request)

    class Burning(BaseHTTPMiddleware):
        async def dispatch(self, request: Any, call_next: Any) -> Any:
            return await dispatch(request, call_next)

    def make() -> FastAPI:
        app = FastAPI()
        if wrapping == "class":
            app.add_middleware(Burning)
        else:
            app.middleware("http")(dispatch)

        @app.get("/")
        async def get() -> str:
            return "fine"

        return app

    found = spent(make)
    only("handler", found)
    assert found["starlette"] > 0.03


def test_a_starlette_endpoint_is_the_handlers() -> None:
    async def get(_: Any) -> PlainTextResponse:
        burn()
        return PlainTextResponse("fine")

    only("handler", spent(lambda: Starlette(routes=[Route("/", get)])))


def test_an_app_behind_its_own_asgi_function_has_its_layers() -> None:
    def make() -> Any:
        inner = FastAPI()

        @inner.get("/")
        async def get() -> str:
            burn()
            return "fine"

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await inner(scope, receive, send)

        return app

    found = spent(make)
    only("handler", found)
    assert found["starlette"] > 0
    assert found["fastapi"] > 0


@pytest.mark.parametrize("pieces", ["async", "sync"])
def test_what_is_streamed_is_made_by_the_handler(pieces: str) -> None:
    async def parts() -> AsyncIterator[str]:
        for _ in range(4):
            burn(BURN_NS // 4)
            yield "part"

    def parts_def() -> Iterator[str]:
        for _ in range(4):
            burn(BURN_NS // 4)
            yield "part"

    def make() -> FastAPI:
        app = FastAPI()

        @app.get("/")
        async def get() -> StreamingResponse:
            return StreamingResponse(parts() if pieces == "async" else parts_def())

        return app

    found = spent(make)
    assert found["handler"] == pytest.approx(1, rel=0.4)


def test_validation_and_serialisation_are_pydantics() -> None:
    class Item(BaseModel):
        number: int
        name: str

    items = [{"number": number, "name": f"item {number}"} for number in range(2000)]

    def make() -> FastAPI:
        app = FastAPI()

        @app.get("/", response_model=list[Item])
        async def get() -> Any:
            return items

        return app

    found = spent(make)
    assert found["pydantic"] > 2 * sum(burns for name, burns in found.items() if name not in ("pydantic", "gc"))


def test_an_app_that_raises_does_so_as_without_timers() -> None:
    def make() -> FastAPI:
        app = FastAPI()

        @app.get("/")
        async def get() -> str:
            burn()
            raise ValueError("no use")

        @app.exception_handler(ValueError)
        async def handle(_: Any, __: Exception) -> PlainTextResponse:
            return PlainTextResponse("handled", status_code=418)

        return app

    only("handler", spent(make, status=418))


def test_two_requests_at_once_don_t_charge_each_other() -> None:
    async def drive() -> dict[str, float]:
        boundaries = Boundaries(LayerClock())
        boundaries.install()
        app = FastAPI()

        @app.get("/waits")
        async def waits() -> str:
            await asyncio.sleep(0.03)
            return "fine"

        async def slow() -> None:
            burn(20 * BURN_NS)

        @app.get("/burns")
        async def burns(_: None = Depends(slow)) -> str:
            return "fine"

        timed = boundaries.app(app)
        exchanges = [PreparedRequest(timed, Request(path=path).model_dump(), {}) for path in ("/waits", "/burns")]
        for exchange in exchanges:
            await exchange.answer()
        account = Account()
        boundaries.start(account)
        await asyncio.gather(*(exchange.answer() for exchange in exchanges))
        boundaries.stop()
        return {name: ns / BURN_NS for name, ns in zip(LAYERS, account.spent_ns, strict=True)}

    found = asyncio.run(drive())
    assert found["handler"] == pytest.approx(20, rel=0.2)
    assert sum(burns for name, burns in found.items() if name != "handler") < 6


def test_a_handler_that_leaves_cycles_shows_in_the_collectors_row() -> None:
    class Knot:
        pass

    def make() -> FastAPI:
        app = FastAPI()

        @app.get("/")
        async def get() -> str:
            for _ in range(3000):
                knot = Knot()
                knot.itself = knot  # type: ignore[attr-defined]
            return "fine"

        return app

    found = spent(make)
    assert found["gc"] > 0.02 * sum(found.values())


@pytest.mark.filterwarnings("ignore:ORJSONResponse is deprecated")
@pytest.mark.parametrize("target", MAIN_CHAIN)
def test_the_answers_are_the_same_with_timers_as_without(target: str) -> None:
    found = read_targets(TARGETS)[target]

    def answers(app: Any, state: dict[str, Any]) -> Callable[[], Any]:
        async def ask() -> list[Answer]:
            return [
                await PreparedRequest(app, request.model_dump(), dict(state)).answer()
                for request in found.requests.values()
                if not request.only
            ]

        return ask

    async def compare() -> None:
        plain = await answers(load(TARGETS, target), {})()
        boundaries = Boundaries(LayerClock())
        boundaries.install()
        ask = answers(boundaries.app(load(TARGETS, target)), {})
        assert await ask() == plain
        boundaries.start(Account())
        assert await ask() == plain
        assert await ask() == plain
        boundaries.stop()
        assert await ask() == plain

    asyncio.run(compare())


def test_nothing_is_left_wrapped_when_the_clock_stops() -> None:
    from starlette.responses import Response  # noqa: PLC0415

    async def drive() -> None:
        before = vars(fastapi.routing.APIRoute).get("handle"), vars(Response)["__call__"]
        boundaries = Boundaries(LayerClock())
        boundaries.install()
        boundaries.start(Account())
        assert vars(Response)["__call__"] is not before[1]
        boundaries.stop()
        assert (vars(fastapi.routing.APIRoute).get("handle"), vars(Response)["__call__"]) == before
        assert boundaries.missing == []

    asyncio.run(drive())
