"""FastAPI encoding returned dicts without a response model: jsonable_encoder, then JSONResponse."""

from _dicts import PUBLIC, STORED
from fastapi import FastAPI

TARGET = {
    "over": "fastapi_plain",
    "adds": "dict return",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "rows100": {"path": "/users?limit=100", "expect": {"rows": 100}},
        "rows1": {"path": "/users?limit=1", "expect": {"json_file": "users_1"}},
        "rows10": {"path": "/users?limit=10", "effort": "default", "expect": {"rows": 10}},
        "rows1000": {"path": "/users?limit=1000", "expect": {"rows": 1000}},
        "rows10000": {"path": "/users?limit=10000", "effort": "full", "expect": {"rows": 10000}},
        "stored": {"path": "/stored", "only": ["facts"], "effort": "quick"},
    },
}

app = FastAPI()


@app.get("/users", response_model=None)
async def read_users(limit: int) -> list[dict[str, object]]:
    return PUBLIC[:limit]


@app.get("/stored", response_model=None)
async def stored() -> dict[str, object]:
    return STORED[0]
