"""FastAPI encoding returned dicts without a response model: jsonable_encoder, then JSONResponse."""

from _users import users
from fastapi import FastAPI

TARGET = {
    "over": "fastapi_plain",
    "adds": "dict return",
    "requires": ["fastapi>=0.100"],
    "requests": {
        "rows100": {"path": "/users?limit=100", "expect": {"rows": 100}},
        "rows1": {"path": "/users?limit=1", "expect": {"json_file": "users_1"}},
        "rows1000": {"path": "/users?limit=1000", "expect": {"rows": 1000}},
    },
}

USERS = [user.public() for user in users(1000)]

app = FastAPI()


@app.get("/users", response_model=None)
async def read_users(limit: int) -> list[dict[str, object]]:
    return USERS[:limit]
