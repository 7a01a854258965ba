"""FastAPI with 200 routes that have parameters, dependencies and models of their own, as it starts."""

from typing import Annotated

from fastapi import Depends, FastAPI, Query
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field, create_model

TARGET = {
    "over": "routes_200",
    "adds": "models and dependencies",
    "requires": ["fastapi>=0.106", "pydantic>=2"],
    "effort": "full",
    "requests": {"start": {"path": "/route001", "only": ["start-up"], "expect": {"text": "Hello, world!"}}},
}


class Address(BaseModel):
    street: str
    city: str
    country: str = Field(min_length=2, max_length=2)


def session() -> str:
    return "session"


def user(found: Annotated[str, Depends(session)]) -> str:
    return found


def add_routes(app: FastAPI, number: int) -> None:
    """A pair of routes: one reads, the other writes."""
    read = create_model(f"Read{number}", id=(int, ...), name=(str, ...), address=(Address, ...), tags=(list[str], ...))
    write = create_model(f"Write{number}", name=(str, Field(max_length=80)), address=(Address, ...))

    async def one(
        thing: int, who: Annotated[str, Depends(user)], limit: Annotated[int, Query(ge=1, le=100)] = 10
    ) -> read:
        return read(id=thing, name=who, address=Address(street="1", city="2", country="NL"), tags=[str(limit)])

    async def create(body: write, who: Annotated[str, Depends(user)]) -> read:
        return read(id=number, name=who, address=body.address, tags=[])

    app.add_api_route(f"/things{number:03}/{{thing}}", one)
    app.add_api_route(f"/things{number:03}", create, methods=["POST"])


app = FastAPI()


@app.get("/route001")
async def plain() -> PlainTextResponse:
    return PlainTextResponse(b"Hello, world!")


for number in range(1, 101):
    add_routes(app, number)
