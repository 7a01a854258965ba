"""FastAPI finding out who asks by a chain of dependencies: token, session, user."""

from typing import Annotated

from _auth import session_of, token_of, user_of
from _ready import PLAIN
from _users import User
from fastapi import Depends, FastAPI, Request
from fastapi.responses import PlainTextResponse

TARGET = {
    "over": "fastapi_hello",
    "adds": "login by dependencies",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "plain": {
            "path": "/plain",
            "headers": {"Authorization": "Bearer token-of-user-1"},
            "expect": {"text": "Hello, world!"},
        },
        "public": {"path": "/public", "over": "plain", "expect": {"text": "Hello, world!"}},
        "denied": {
            "path": "/plain",
            "headers": {"Authorization": "Bearer forged"},
            "expect": {"status": 401, "text": '{"detail":"Not authenticated"}'},
        },
    },
}


async def token(request: Request) -> str:
    return token_of(request.headers.get("Authorization", ""))


async def session(token: Annotated[str, Depends(token)]) -> int:
    return session_of(token)


async def current_user(session: Annotated[int, Depends(session)]) -> User:
    return user_of(session)


app = FastAPI()


@app.get("/plain")
async def plain(user: Annotated[User, Depends(current_user)]) -> PlainTextResponse:
    return PlainTextResponse(PLAIN)


@app.get("/public")
async def public() -> PlainTextResponse:
    return PlainTextResponse(PLAIN)
