"""FastAPI validating and serialising dicts through response_model, which leaves their hidden fields out."""

from _dicts import STORED
from _models import UserOut
from fastapi import FastAPI

TARGET = {
    "over": "fastapi_response_model",
    "adds": "dicts instead of instances",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "rows100": {"path": "/users?limit=100", "expect": {"rows": 100}},
        "rows1": {"path": "/users?limit=1", "expect": {"json_file": "users_1"}},
        "rows10": {"path": "/users?limit=10", "expect": {"rows": 10}},
        "rows1000": {"path": "/users?limit=1000", "expect": {"rows": 1000}},
        "rows10000": {"path": "/users?limit=10000", "effort": "full", "expect": {"rows": 10000}},
        "stored": {"path": "/stored", "effort": "quick", "only": ["facts"]},
    },
}

app = FastAPI()


@app.get("/users", response_model=list[UserOut])
async def read_users(limit: int) -> list[dict[str, object]]:
    return STORED[:limit]


@app.get("/stored", response_model=UserOut)
async def stored() -> dict[str, object]:
    return STORED[0]
