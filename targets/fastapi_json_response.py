"""FastAPI calling an endpoint that returns a JSONResponse of dicts, which is sent as it is."""

from _dicts import PUBLIC, STORED
from fastapi import FastAPI
from fastapi.responses import JSONResponse

TARGET = {
    "over": "fastapi_plain",
    "adds": "JSONResponse",
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


@app.get("/users", response_model=None)
async def read_users(limit: int) -> JSONResponse:
    return JSONResponse(PUBLIC[:limit])


@app.get("/stored", response_model=None)
async def stored() -> JSONResponse:
    return JSONResponse(STORED[0])
