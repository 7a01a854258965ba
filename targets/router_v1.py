"""FastAPI with routers for users and orders under /v1, each with a prefix, tags and a dependency of its own."""

from _ready import PLAIN
from _sessions import open_session
from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import PlainTextResponse

TARGET = {
    "over": "fastapi_hello",
    "adds": "routers under /v1",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "plain": {"path": "/v1/users/plain", "expect": {"text": "Hello, world!"}},
    },
}

users = APIRouter(prefix="/users", tags=["users"], dependencies=[Depends(open_session)])
orders = APIRouter(prefix="/orders", tags=["orders"], dependencies=[Depends(open_session)])


@users.get("/plain")
@orders.get("/plain")
async def plain() -> PlainTextResponse:
    return PlainTextResponse(PLAIN)


v1 = APIRouter(prefix="/v1")
v1.include_router(users)
v1.include_router(orders)
app = FastAPI()
app.include_router(v1)
