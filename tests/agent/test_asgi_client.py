"""The driver puts requests to apps as a server would, and notices when an answer changes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from bench.agent.asgi_client import ChangedAnswerError, PreparedRequest
from bench.model.workload import Request


def ask(app: Any, request: Request, times: int = 1) -> PreparedRequest:
    async def drive() -> PreparedRequest:
        exchange = PreparedRequest(app, request.model_dump(), {})
        for _ in range(times):
            await exchange.perform()
        return exchange

    return asyncio.run(drive())


def body_of(app: Any, request: Request) -> tuple[int, bytes]:
    async def drive() -> tuple[int, bytes]:
        status, _, body = await PreparedRequest(app, request.model_dump(), {}).answer()
        return status, body

    return asyncio.run(drive())


async def echo(request: StarletteRequest) -> JSONResponse:
    return JSONResponse(
        {
            "method": request.method,
            "path": request.url.path,
            "query": dict(request.query_params),
            "type": request.headers.get("content-type"),
            "extra": request.headers.get("x-extra"),
            "body": (await request.body()).decode(),
        }
    )


ECHO = Starlette(routes=[Route("/{path:path}", echo, methods=["GET", "POST"])])


def test_path_query_headers_and_method_arrive() -> None:
    request = Request(path="/a%20b/c?x=1&y=2", method="POST", headers={"X-Extra": "yes"}, body="hello")
    status, body = body_of(ECHO, request)
    assert status == 200
    assert body == (
        b'{"method":"POST","path":"/a b/c","query":{"x":"1","y":"2"},"type":null,"extra":"yes","body":"hello"}'
    )


def test_a_json_body_says_that_it_is_json_or_fastapi_would_refuse_it() -> None:
    app = FastAPI()

    @app.post("/")
    async def take(numbers: list[int]) -> int:
        return sum(numbers)

    assert body_of(app, Request(path="/", method="POST", body_json=[1, 2, 3])) == (200, b"6")


def test_an_answer_that_changes_is_an_error() -> None:
    answers = iter([b"first", b"first", b"longer"])

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": next(answers)})

    with pytest.raises(ChangedAnswerError, match="200 with 6 bytes, but the first response was status 200 with 5"):
        ask(app, Request(path="/"), times=3)


def test_a_status_that_changes_is_an_error() -> None:
    statuses = iter([200, 500])

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": next(statuses), "headers": []})
        await send({"type": "http.response.body", "body": b""})

    with pytest.raises(ChangedAnswerError, match="status 500"):
        ask(app, Request(path="/"), times=2)


def test_a_stream_is_whole_though_its_disconnect_listener_is_cancelled_every_time() -> None:
    async def stream(_: StarletteRequest) -> StreamingResponse:
        async def chunks() -> Any:
            for _ in range(3):
                yield b"x" * 10
                await asyncio.sleep(0)

        return StreamingResponse(chunks())

    exchange = ask(Starlette(routes=[Route("/", stream)]), Request(path="/"), times=5)
    assert exchange.length == 30


def test_one_request_does_not_see_what_another_did_to_its_scope() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert "mark" not in scope
        assert "mark" not in scope["state"]
        assert len(scope["headers"]) == 1
        scope["mark"] = scope["state"]["mark"] = True
        scope["headers"].append((b"mark", b""))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    ask(app, Request(path="/"), times=3)


def test_an_app_may_leave_out_its_headers_but_not_its_answer() -> None:
    async def bare(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    async def silent(scope: Any, receive: Any, send: Any) -> None: ...

    assert body_of(bare, Request(path="/")) == (204, b"")
    with pytest.raises(ChangedAnswerError, match="without a response"):
        body_of(silent, Request(path="/"))
