"""FastAPI finding out who asks by pure ASGI middleware."""

from typing import Any

from _auth import OPEN_PATHS, authenticated
from _ready import PLAIN
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.datastructures import Headers

TARGET = {
    "over": "fastapi_hello",
    "adds": "login by ASGI middleware",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "plain": {
            "path": "/plain",
            "headers": {"Authorization": "Bearer token-of-user-1"},
            "expect": {"text": "Hello, world!"},
        },
        "public": {"path": "/public", "over": "plain", "expect": {"text": "Hello, world!"}},
        "denied": {
            "path": "/plain",
            "headers": {"Authorization": "Bearer forged"},
            "expect": {"status": 401, "text": '{"detail":"Not authenticated"}'},
        },
    },
}


class Login:
    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        answer = self.app
        if scope["type"] == "http" and scope["path"] not in OPEN_PATHS:
            try:
                user = authenticated(Headers(scope=scope).get("Authorization", ""))
                scope.setdefault("state", {})["user"] = user
            except HTTPException as error:  # raised outside of FastAPI's own handlers
                answer = JSONResponse({"detail": error.detail}, error.status_code, error.headers)
        await answer(scope, receive, send)


app = FastAPI()
app.add_middleware(Login)


@app.get("/plain")
async def plain() -> PlainTextResponse:
    return PlainTextResponse(PLAIN)


@app.get("/public")
async def public() -> PlainTextResponse:
    return PlainTextResponse(PLAIN)
