"""The driver opens WebSockets as a server would, sends after each answer, and notices what isn't as it was."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI, WebSocket
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket as StarletteWebSocket

from bench.agent.requests.asgi_client import ChangedAnswerError
from bench.agent.requests.prepared import prepared
from bench.agent.requests.websocket_client import PreparedWebSocket
from bench.model.workload import Expect, Request

OPENED = Expect(status=101)


def answered(app: Any, **request: Any) -> tuple[int, list[tuple[str, str]], bytes]:
    async def drive() -> tuple[int, list[tuple[str, str]], bytes]:
        return await exchange(app, **request).answer()

    return asyncio.run(drive())


def performed(app: Any, times: int = 1, **request: Any) -> PreparedWebSocket:
    async def drive() -> PreparedWebSocket:
        made = exchange(app, **request)
        for _ in range(times):
            await made.perform()
        return made

    return asyncio.run(asyncio.wait_for(drive(), 10))


def exchange(app: Any, **request: Any) -> PreparedWebSocket:
    asked = Request(**{"path": "/", "body": "hé", "messages": 3, "expect": OPENED, **request})
    made = prepared(app, asked.model_dump(), {"left": "by the lifespan"})
    assert isinstance(made, PreparedWebSocket)
    return made


async def echo(websocket: StarletteWebSocket) -> None:
    await websocket.accept(headers=[(b"x-own", b"yes")])
    async for text in websocket.iter_text():
        await websocket.send_text(text)


ECHO = Starlette(routes=[WebSocketRoute("/", echo)])


def test_every_message_is_sent_after_the_answer_to_the_one_before_and_comes_back_as_a_line() -> None:
    status, headers, body = answered(ECHO)
    assert (status, body.decode()) == (101, "hé\n" * 3)
    assert ("x-own", "yes") in headers


def test_an_echo_is_performed_again_and_again() -> None:
    made = performed(ECHO, times=5)
    assert (made.status, made.length) == (101, 6)


def test_fastapi_finds_path_query_headers_and_what_the_lifespan_left() -> None:
    app = FastAPI()

    @app.websocket("/rooms/{room}")
    async def tell(websocket: WebSocket, room: int, limit: int) -> None:
        await websocket.accept()
        name, own = websocket.url.scheme, websocket.headers["x-own"]
        async for _ in websocket.iter_text():
            await websocket.send_text(f"{name} {room} {limit} {own} {websocket.state.left}")

    _, _, body = answered(app, path="/rooms/7?limit=2", headers={"X-Own": "mine"}, messages=1)
    assert body == b"ws 7 2 mine by the lifespan\n"


def test_bytes_come_back_as_they_are() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "bytes": message["text"].encode("latin-1")})

    assert answered(app, messages=1)[2] == b"h\xe9\n"


def test_an_app_that_listens_while_another_task_answers_is_not_sent_the_next_message_too_early() -> None:
    heard: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        waiting: asyncio.Queue[str] = asyncio.Queue()

        async def answer() -> None:
            while True:
                await asyncio.sleep(0.001)
                await send({"type": "websocket.send", "text": await waiting.get()})

        task = asyncio.ensure_future(answer())
        while (message := await receive())["type"] == "websocket.receive":
            heard.append(waiting.qsize())
            waiting.put_nowait(message["text"])
        task.cancel()

    assert performed(app).length == 6
    assert heard == [0, 0, 0]


def test_a_refused_websocket_has_the_status_of_a_refusal() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.close", "code": 1008})

    assert answered(app, expect=Expect(status=403))[0] == 403


def test_a_refusal_with_a_response_of_its_own_is_kept() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        assert "websocket.http.response" in scope["extensions"]
        await send({"type": "websocket.http.response.start", "status": 401, "headers": [(b"x-why", b"token")]})
        await send({"type": "websocket.http.response.body", "body": b"no token"})

    assert answered(app) == (401, [("x-why", "token")], b"no token")


def test_an_app_that_answers_nothing_is_an_error() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()

    with pytest.raises(ChangedAnswerError, match="without accepting the WebSocket"):
        answered(app)


def test_an_app_that_fails_before_all_is_answered_fails_and_one_that_fails_later_does_not() -> None:
    class Failing:
        def __init__(self, answers: int) -> None:
            self.answers = answers

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await send({"type": "websocket.accept"})
            for _ in range(self.answers):
                await receive()
                await send({"type": "websocket.send", "text": "x"})
            raise RuntimeError("disconnected")

    with pytest.raises(RuntimeError, match="disconnected"):
        performed(Failing(2))
    assert performed(Failing(3)).length == 3


def test_fewer_answers_than_the_first_time_are_an_error() -> None:
    answers = iter([3, 2])

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        for _ in range(next(answers)):
            await receive()
            await send({"type": "websocket.send", "text": "x"})
        await send({"type": "websocket.close", "code": 1000})

    with pytest.raises(ChangedAnswerError, match="101 with 2 bytes"):
        performed(app, times=2)


def test_its_trace_has_every_message() -> None:
    async def drive() -> tuple[int, int, int]:
        trace = await exchange(ECHO).trace()
        return trace.status, trace.length, trace.lines

    assert asyncio.run(drive()) == (101, 12, 3)
