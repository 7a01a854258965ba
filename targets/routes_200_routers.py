"""FastAPI with 200 routes in twenty routers that have ten nested dependencies, as it starts."""

from collections.abc import Callable

from fastapi import APIRouter, Depends, FastAPI, Query
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

TARGET = {
    "over": "routes_200",
    "adds": "routers with dependencies",
    "requires": ["fastapi>=0.100", "pydantic>=2"],
    "effort": "full",
    "requests": {"start": {"path": "/route001", "only": ["start-up"], "expect": {"text": "Hello, world!"}}},
}


class Thing(BaseModel):
    name: str
    price: float


def nested(levels: int) -> Callable[..., int]:
    """A dependency that needs another one, and so on: only the last has a parameter, as where a service needs a
    repository and that a session."""

    def innermost(page: int = Query(0, ge=0)) -> int:
        return page

    made: Callable[..., int] = innermost
    for _ in range(levels - 1):

        def outer(inner: int = Depends(made)) -> int:
            return inner

        made = outer
    return made


user = nested(10)


async def one(thing: int) -> Thing:
    return Thing(name="one", price=thing)


async def create(body: Thing) -> Thing:
    return body


def router(number: int) -> APIRouter:
    """Ten routes of one kind of things."""
    made = APIRouter(prefix=f"/kind{number:02}", dependencies=[Depends(user)])
    for thing in range(1, 6):
        made.add_api_route(f"/things{thing}/{{thing}}", one)
        made.add_api_route(f"/things{thing}", create, methods=["POST"])
    return made


app = FastAPI()


@app.get("/route001")
async def plain() -> PlainTextResponse:
    return PlainTextResponse(b"Hello, world!")


for number in range(1, 21):
    app.include_router(router(number))
