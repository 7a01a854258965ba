"""A small FastAPI service as somebody else has it: a project of its own, with its requests beside it."""

from __future__ import annotations

import json
from pathlib import Path

MAIN = """
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class User(BaseModel):
    id: int
    name: str


@app.get("/users", response_model=list[User])
async def users():
    return [{"id": number, "name": "ann"} for number in range(3)]


@app.post("/users", status_code=201)
async def create(user: User):
    return user


@app.get("/users/{id}", response_model=User)
async def user(id: int, name: str = "ann"):
    return {"id": id, "name": name}


@app.get("/<b>odd</b>/{path:path}")
async def odd(path: str):
    return {"path": path, "busy": sum(number * number for number in range(20_000))}


@app.get("/broken")
async def broken():
    raise RuntimeError("not today")
"""
ROUTES = {
    "GET /users": [{"path": "/users"}],
    "POST /users": [{"path": "/users", "json": {"id": 1, "name": "bob"}, "expect": {"status": 201}}],
    "GET /users/{id}": [{"path": "/users/1"}, {"path": "/users/2?name=bob"}],
    "GET /<b>odd</b>/{path:path}": [{"path": "/%3Cb%3Eodd%3C/b%3E/a/b"}],
    "GET /broken": [{"path": "/broken"}],
}
RIGHT = ("GET /users", "POST /users", "GET /users/{id}", "GET /users/{id} [2]", "GET /<b>odd</b>/{path:path}")
"""The cases that answer as they promise."""


def write_service(folder: Path, routes: dict[str, list[dict[str, object]]] = ROUTES) -> Path:
    """The service `app.main:app` in a folder, which is given."""
    (folder / "app").mkdir(parents=True)
    (folder / "app" / "__init__.py").touch()
    (folder / "app" / "main.py").write_text(MAIN)
    requests = {route: {"requests": asked} for route, asked in routes.items()}
    (folder / "layercake.json").write_text(json.dumps({"version": 1, "app": "app.main:app", "routes": requests}))
    return folder
