"""Starlette's WebSocket sending each message back."""

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

TARGET = {
    "over": "websocket_asgi",
    "adds": "Starlette",
    "requires": ["starlette>=0.27"],
    "effort": "default",
    "requests": {
        "echo100": {
            "path": "/echo",
            "body": "Hello, Björn Brontë!",
            "messages": 100,
            "expect": {"status": 101, "rows": 100},
        },
        "echo1": {"path": "/echo", "body": "Hello, Björn Brontë!", "messages": 1, "expect": {"status": 101, "rows": 1}},
    },
}


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


app = Starlette(routes=[WebSocketRoute("/echo", echo)])
