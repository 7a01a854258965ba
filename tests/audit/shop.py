"""An app as somebody may have it: run by agents, never imported by a test."""
# ruff: noqa: C901, PLR0915, UP042

import asyncio
import itertools
import logging
import os
import random
import uuid
from enum import Enum
from typing import Annotated

from fastapi import Cookie, Depends, FastAPI, Header, HTTPException, Path, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.security import APIKeyHeader
from pydantic import BaseModel, Field

TOKEN = "t0ken-of-the-shop"


class Colour(str, Enum):
    RED = "red"
    BLUE = "blue"


class NewUser(BaseModel):
    name: str = Field(min_length=2, examples=["Ada"])
    size: int = Field(gt=3)
    colours: list[Colour] = []


class Node(BaseModel):
    value: int
    next: "Node | None" = None


def a_token(token: Annotated[str, Depends(APIKeyHeader(name="X-Token"))]):
    if token != TOKEN:
        raise HTTPException(403, detail=f"{token} is no token")


def a_user(users, user_id):
    if str(user_id) not in users:
        raise HTTPException(404, detail="no such user")
    return users[str(user_id)]


def create():
    app = FastAPI()
    numbers = itertools.count(1)
    users = {str(uuid.UUID(int=n)): {"id": str(uuid.UUID(int=n)), "name": f"user {n}"} for n in (1, 2)}

    @app.get("/users")
    def read_users():
        return {"total": len(users), "items": list(users.values())[:2]}

    @app.get("/users/{user_id}")
    def read_user(user_id: uuid.UUID):
        return a_user(users, user_id)

    @app.get("/users/bulk")
    def read_bulk():
        return []

    @app.get("/users/{uid}/posts")
    def read_posts(uid: uuid.UUID):
        a_user(users, uid)
        return [{"post_id": 7, "title": "first"}]

    @app.get("/users/{uid}/posts/{post_id}")
    def read_post(uid: uuid.UUID, post_id: int):
        a_user(users, uid)
        if post_id != 7:
            raise HTTPException(404)
        return {"post_id": post_id}

    @app.post("/users", status_code=201)
    def create_user(new: NewUser):
        made = {"id": str(uuid.UUID(int=len(users) + 100)), "name": new.name}
        users[made["id"]] = made
        return made

    @app.delete("/users/{user_id}", status_code=204)
    def delete_user(user_id: uuid.UUID):
        del users[a_user(users, user_id)["id"]]

    @app.post("/nodes")
    def create_node(node: Node) -> Node:
        return node

    @app.get("/secret", dependencies=[Depends(a_token)])
    def read_secret():
        return {"secret": True}

    @app.get("/forbidden")
    def read_forbidden():
        raise HTTPException(403)

    @app.get("/logged")
    def read_logged():
        logging.error("no database for %s", TOKEN)
        return JSONResponse({"error": {"code": 503, "message": "try again"}}, 503)

    @app.get("/hidden/{number}/more", include_in_schema=False)
    def read_more(number: int):
        return number

    @app.get("/search")
    def search(q: Annotated[str, Query(min_length=3)], colour: Colour, limit: int = 5):
        return {"q": q, "colour": colour, "limit": limit}

    @app.get("/examples/{item}")
    def read_example(item: Annotated[str, Path(openapi_examples={"a": {"value": "no"}, "b": {"value": "yes"}})]):
        if item != "yes":
            raise HTTPException(404)
        return item

    @app.get("/headers")
    def read_headers(x_number: Annotated[int, Header()], session: Annotated[str, Cookie()]):
        return {"number": x_number, "session": session}

    @app.get("/hidden/{number}", include_in_schema=False)
    def read_hidden(number: int):
        return number

    @app.get("/files/{path:path}")
    def read_file(path: str):
        raise FileNotFoundError(f"No such file: {path}")

    @app.get("/limited")
    def read_limited():
        if next(numbers) > 10:
            raise HTTPException(429)
        return {}

    flaky = itertools.count(1)

    @app.get("/flaky")
    def read_flaky():
        if next(flaky) % 7 == 0:
            raise HTTPException(500)
        return {}

    @app.get("/quotes")
    def read_quotes(request: Request):
        raise ValueError(f"\x1b[31m <b>{request.headers.get('x-token')}</b>")

    @app.get("/varies")
    def read_varies():
        return {"id": str(uuid.uuid4()), "number": random.random()}

    @app.get("/never")
    async def read_never():
        await asyncio.Event().wait()

    @app.get("/exits")
    async def read_exits():
        os._exit(3)

    @app.get("/missing")
    def read_missing():
        raise HTTPException(404)

    @app.get("/admin")
    def read_admin():
        return RedirectResponse("/admin/login")

    @app.get("/elsewhere")
    def read_elsewhere():
        return RedirectResponse("/users")

    @app.get("/[red]{number}[/red]<b>")
    def read_markup(number: int):
        return number

    @app.websocket("/socket")
    async def socket(websocket):
        await websocket.accept()

    return app
