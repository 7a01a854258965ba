"""FastAPI reading a JSON body and validating it: one user, or a hundred."""

from _ready import USER
from fastapi import FastAPI
from fastapi.responses import Response
from pydantic import BaseModel

TARGET = {
    "over": "fastapi_hello",
    "adds": "a Pydantic body",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "create": {
            "path": "/users",
            "method": "POST",
            "json": {"name": "Björn Brontë", "email": "user1@mail.example"},
            "expect": {"status": 201, "json_file": "user_1"},
        },
        "create100": {
            "path": "/users/bulk",
            "method": "POST",
            "over": "create",
            "expect": {"status": 201, "json_file": "user_1"},
            "json_file": "users_100",
        },
    },
}


class UserIn(BaseModel):
    name: str
    email: str


app = FastAPI()


@app.post("/users")
async def create(user: UserIn) -> Response:
    return Response(USER, status_code=201, media_type="application/json")


@app.post("/users/bulk")
async def create_all(users: list[UserIn]) -> Response:
    return Response(USER, status_code=201, media_type="application/json")
