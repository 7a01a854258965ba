"""An app with as many routes as asked for, all with the same endpoint: /route001, /route002, …"""

from _ready import PLAIN
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse


async def plain() -> PlainTextResponse:
    return PlainTextResponse(PLAIN)


def app_with(routes: int) -> FastAPI:
    app = FastAPI()
    for number in range(1, routes + 1):
        app.add_api_route(f"/route{number:03}", plain)
    return app
