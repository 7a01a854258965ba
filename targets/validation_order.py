"""Where the validation of a request stands among middleware and dependencies, traced."""

from typing import Any

from _inner_call import traced_get
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, Response
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint

TARGET = {
    "over": None,
    "adds": "the order of validation, traced",
    "requires": ["fastapi>=0.100"],
    "requests": {
        "rejected": {"path": "/rejected", "only": ["facts"]},
        "accepted": {"path": "/accepted", "only": ["facts"]},
    },
}

app = FastAPI()


@app.get("/rejected")
async def rejected() -> dict[str, object]:
    return await traced_get(traced, b"limit=many")


@app.get("/accepted")
async def accepted() -> dict[str, object]:
    return await traced_get(traced, b"limit=1")


class AsgiMiddleware:
    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        scope["events"].append("ASGI middleware in")
        await self.app(scope, receive, send)
        scope["events"].append("ASGI middleware out")


class HttpMiddleware(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        request.scope["events"].append("BaseHTTPMiddleware in")
        response = await call_next(request)
        request.scope["events"].append("BaseHTTPMiddleware out")
        return response


async def dependency(request: Request) -> None:
    request.scope["events"].append("dependency")


traced = FastAPI()
traced.add_middleware(HttpMiddleware)
traced.add_middleware(AsgiMiddleware)  # the one added last is the outermost


@traced.exception_handler(RequestValidationError)
async def on_invalid(request: Request, error: RequestValidationError) -> PlainTextResponse:
    request.scope["events"].append("validation rejected")
    return PlainTextResponse("", status_code=422)


@traced.get("/", dependencies=[Depends(dependency)])
async def endpoint(request: Request, limit: int) -> PlainTextResponse:
    request.scope["events"].append("endpoint")
    return PlainTextResponse("")
