"""FastAPI calling endpoints that make the JSONResponse of an error and return it."""

from _errors import INVALID, NOT_FOUND
from fastapi import FastAPI
from fastapi.responses import JSONResponse

TARGET = {
    "over": "fastapi_hello",
    "adds": "errors returned",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "not_found": {"path": "/missing404", "expect": {"status": 404, "json_file": "not_found"}},
        "invalid": {
            "path": "/invalid422?limit=many",
            "expect": {"status": 422, "json_file": "invalid"},
            "effort": "full",
        },
    },
}

app = FastAPI()


@app.get("/missing404")
async def missing() -> JSONResponse:
    return JSONResponse(NOT_FOUND, status_code=404)


@app.get("/invalid422")
async def invalid() -> JSONResponse:
    return JSONResponse(INVALID, status_code=422)
