"""FastAPI finding out who asks by BaseHTTPMiddleware."""

from _auth import OPEN_PATHS, authenticated
from _ready import PLAIN
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint

TARGET = {
    "over": "fastapi_hello",
    "adds": "login by BaseHTTPMiddleware",
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
            "effort": "full",
            "path": "/plain",
            "headers": {"Authorization": "Bearer forged"},
            "expect": {"status": 401, "text": '{"detail":"Not authenticated"}'},
        },
    },
}


class Login(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        if request.url.path not in OPEN_PATHS:
            try:
                request.state.user = authenticated(request.headers.get("Authorization", ""))
            except HTTPException as error:  # raised outside of FastAPI's own handlers
                return JSONResponse({"detail": error.detail}, error.status_code, error.headers)
        return await call_next(request)


app = FastAPI()
app.add_middleware(Login)


@app.get("/plain")
async def plain() -> PlainTextResponse:
    return PlainTextResponse(PLAIN)


@app.get("/public")
async def public() -> PlainTextResponse:
    return PlainTextResponse(PLAIN)
