"""FastAPI serialising Pydantic models through response_model, encoded by orjson."""

from _models import USERS, StoredUser, UserOut
from fastapi import FastAPI
from fastapi.responses import ORJSONResponse

TARGET = {
    "over": "fastapi_response_model",
    "adds": "ORJSONResponse",
    "requires": ["fastapi>=0.100", "orjson"],
    "requests": {
        "rows100": {"path": "/users?limit=100", "expect": {"rows": 100}},
        "rows1": {"path": "/users?limit=1", "expect": {"json_file": "users_1"}},
        "rows1000": {"path": "/users?limit=1000", "expect": {"rows": 1000}},
    },
}

app = FastAPI()


@app.get("/users", response_model=list[UserOut], response_class=ORJSONResponse)
async def read_users(limit: int) -> list[StoredUser]:
    return USERS[:limit]
