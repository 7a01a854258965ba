"""The floor of a stream: an ASGI message for each chunk, and all of them ready."""

from _streams import EVENTS, LINES

TARGET = {
    "over": None,
    "adds": "raw ASGI, chunk by chunk",
    "effort": "default",
    "requests": {
        "sse100": {"path": "/users.sse?limit=100", "expect": {"rows": 100, "chunks": 100}},
        "sse1": {"path": "/users.sse?limit=1", "expect": {"rows": 1, "chunks": 1}},
        "jsonl100": {"path": "/users.jsonl?limit=100", "effort": "full", "expect": {"rows": 100, "chunks": 100}},
        "jsonl1": {"path": "/users.jsonl?limit=1", "effort": "full", "expect": {"rows": 1, "chunks": 1}},
    },
}

ANSWERS = {
    (path, b"limit=%d" % limit): (content_type, chunks[:limit])
    for path, content_type, chunks in (
        ("/users.sse", b"text/event-stream; charset=utf-8", EVENTS),
        ("/users.jsonl", b"application/jsonl", LINES),
    )
    for limit in (1, 100)
}


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await live(receive, send)
        return
    content_type, chunks = ANSWERS[scope["path"], scope["query_string"]]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", content_type)]})
    for chunk in chunks:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def live(receive, send):
    for event in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{event}.complete"})
