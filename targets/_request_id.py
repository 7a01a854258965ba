"""A request id: the client's own or a new one, kept with the request and sent back. By middleware and by dependency."""

from typing import Annotated, Any
from uuid import uuid4

from fastapi import Depends, Request
from fastapi.responses import Response
from starlette.datastructures import MutableHeaders
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint

HEADER = "X-Request-ID"
RAW_HEADER = HEADER.lower().encode()


class HttpRequestId(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        request_id = kept(request)
        response = await call_next(request)
        response.headers[HEADER] = request_id
        return response


class AsgiRequestId:
    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == RAW_HEADER), b"")
        request_id = given.decode("latin-1") or uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Any) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        await self.app(scope, receive, send_with_id)


def kept(request: Request) -> str:
    """The id of a request, from now on in its state."""
    request.state.request_id = request.headers.get(HEADER) or uuid4().hex
    return str(request.state.request_id)


# A dependency only hands the id over: headers set on an injected Response are not taken over into one that the
# endpoint returns.
async def request_id(request: Request) -> str:
    return kept(request)


async def request_id_again(request: Request, _: Annotated[str, Depends(request_id)]) -> str:
    return kept(request)


async def request_id_thrice(request: Request, _: Annotated[str, Depends(request_id_again)]) -> str:
    return kept(request)
