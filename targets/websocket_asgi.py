"""The floor of a WebSocket: each message sent back by raw ASGI."""

TARGET = {
    "over": None,
    "adds": "raw ASGI, a WebSocket",
    "effort": "default",
    "requests": {
        "echo100": {
            "path": "/echo",
            "body": "Hello, Björn Brontë!",
            "messages": 100,
            "expect": {"status": 101, "rows": 100},
        },
        "echo1": {"path": "/echo", "body": "Hello, Björn Brontë!", "messages": 1, "expect": {"status": 101, "rows": 1}},
        "idle": {"path": "/echo", "messages": 1, "only": ["connections"], "effort": "full", "expect": {"status": 101}},
    },
}


async def app(scope, receive, send):
    if scope["type"] == "websocket":
        await echo(receive, send)
    elif scope["type"] == "lifespan":
        await live(receive, send)
    else:
        await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


async def echo(receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


async def live(receive, send):
    for event in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{event}.complete"})
