"""The floor: the ASGI protocol, and answers that are ready."""

from _ready import CSV, JSON, PLAIN

TARGET = {
    "over": None,
    "adds": "raw ASGI",
    "requests": {
        "rows100": {"path": "/users?limit=100", "expect": {"rows": 100}},
        "plain": {"path": "/plain", "expect": {"text": "Hello, world!"}},
        "rows1": {"path": "/users?limit=1", "expect": {"json_file": "users_1"}},
        "rows1000": {"path": "/users?limit=1000", "expect": {"rows": 1000}},
        "csv1000": {"path": "/users.csv?limit=1000", "expect": {"rows": 1000}},
    },
}

ANSWERS = {
    ("/plain", b""): (200, b"text/plain; charset=utf-8", PLAIN),
    **{("/users", b"limit=%d" % limit): (200, b"application/json", body) for limit, body in JSON.items()},
    **{("/users.csv", b"limit=%d" % limit): (200, b"text/csv; charset=utf-8", body) for limit, body in CSV.items()},
}
NOT_FOUND = (404, b"text/plain; charset=utf-8", b"Not Found")


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await live(receive, send)
        return
    status, content_type, body = ANSWERS.get((scope["path"], scope["query_string"]), NOT_FOUND)
    headers = [(b"content-length", b"%d" % len(body)), (b"content-type", content_type)]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def live(receive, send):
    for event in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{event}.complete"})
