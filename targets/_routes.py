"""An app with as many routes as asked for, all with the same endpoint: /route001, /route002, …"""

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse


async def plain() -> PlainTextResponse:
    return PlainTextResponse(b"Hello, world!")  # its own: what `_ready` makes would be a part of each start


def app_with(routes: int) -> FastAPI:
    app = FastAPI()
    for number in range(1, routes + 1):
        app.add_api_route(f"/route{number:03}", plain)
    return app
