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
        "rows10": {"path": "/users?limit=10", "effort": "default", "expect": {"rows": 10}},
        "rows1000": {"path": "/users?limit=1000", "expect": {"rows": 1000}},
        "rows10000": {"path": "/users?limit=10000", "effort": "full", "expect": {"rows": 10000}},
        "stored": {"path": "/stored", "only": ["facts"]},
    },
}

app = FastAPI()


@app.get("/users", response_model=list[UserOut], response_class=ORJSONResponse)
async def read_users(limit: int) -> list[StoredUser]:
    return USERS[:limit]


@app.get("/stored", response_model=UserOut, response_class=ORJSONResponse)
async def stored() -> StoredUser:
    return USERS[0]
