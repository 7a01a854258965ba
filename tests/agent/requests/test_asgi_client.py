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

from bench.agent.requests.asgi_client import ChangedAnswerError, PreparedRequest
from bench.model.workload import Expect, Request


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

    with pytest.raises(ChangedAnswerError, match=r"^another answer than at first: status 200 with 6 bytes, not .* 5 b"):
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


def failing(status: int, *, chunks: int = 1, whole: bool = True) -> Any:
    """An app that raises after it has sent an answer, or a part of one."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})
        for number in range(chunks):
            await send({"type": "http.response.body", "body": b"oops", "more_body": not whole or number < chunks - 1})
        raise RuntimeError("unhandled")

    return app


@pytest.mark.parametrize("chunks", [1, 3])
def test_an_app_may_raise_after_it_has_sent_the_answer_that_is_expected(chunks: int) -> None:
    request = Request(path="/", expect=Expect(status=500))

    async def drive() -> tuple[PreparedRequest, int, int]:
        exchange = PreparedRequest(failing(500, chunks=chunks), request.model_dump(), {})
        await exchange.perform()
        await exchange.perform()
        return exchange, (await exchange.answer())[0], (await exchange.trace()).length

    exchange, status, length = asyncio.run(drive())
    assert (status, length, exchange.raised) == (500, 4 * chunks, True)


@pytest.mark.parametrize("app", [failing(500), failing(200, whole=False)])
def test_an_app_that_raises_without_the_whole_answer_that_is_expected_has_failed(app: Any) -> None:
    with pytest.raises(RuntimeError, match="unhandled"):
        ask(app, Request(path="/"))
    with pytest.raises(RuntimeError, match="unhandled"):
        body_of(app, Request(path="/"))


def test_starlette_raises_after_its_500_and_a_handled_error_does_not() -> None:
    async def broken(_: StarletteRequest) -> JSONResponse:
        raise KeyError("id")

    app = Starlette(routes=[Route("/", broken)])
    assert body_of(app, Request(path="/", expect=Expect(status=500))) == (500, b"Internal Server Error")
    assert body_of(app, Request(path="/missing", expect=Expect(status=404))) == (404, b"Not Found")


def test_the_length_of_an_answer_that_varies_may_change_but_its_status_may_not() -> None:
    answers = iter([(200, b"first"), (200, b"longer"), (503, b"first")])

    async def app(scope: Any, receive: Any, send: Any) -> None:
        status, body = next(answers)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body})

    with pytest.raises(ChangedAnswerError, match="status 503"):
        ask(app, Request(path="/", varies=True), times=3)
