"""FastAPI's WebSocket sending each message back."""

from fastapi import FastAPI, WebSocket

TARGET = {
    "over": "websocket_starlette",
    "adds": "FastAPI",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "echo100": {
            "path": "/echo",
            "body": "Hello, Björn Brontë!",
            "messages": 100,
            "expect": {"status": 101, "rows": 100},
        },
        "echo1": {"path": "/echo", "body": "Hello, Björn Brontë!", "messages": 1, "expect": {"status": 101, "rows": 1}},
        "idle": {"path": "/echo", "messages": 1, "only": ["connections"], "expect": {"status": 101}},
    },
}

app = FastAPI()


@app.websocket("/echo")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)
