"""FastAPI routing to endpoints without parameters whose Response is ready, for the targets that add one thing each."""

from _ready import ERROR_404, ERROR_422, HEALTH, PLAIN, USER
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse, Response

TARGET = {
    "over": "fastapi_plain",
    "adds": "routes of its own",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "plain": {"path": "/plain", "expect": {"text": "Hello, world!"}},
        "health": {"path": "/health", "expect": {"text": '{"status":"ok"}'}},
        "create": {
            "path": "/users",
            "method": "POST",
            "json": {"name": "Björn Brontë", "email": "user1@mail.example"},
            "expect": {"status": 201, "json_file": "user_1"},
        },
        "not_found": {"path": "/missing404", "expect": {"status": 404, "json_file": "not_found"}},
        "invalid": {
            "path": "/invalid422?limit=many",
            "expect": {"status": 422, "json_file": "invalid"},
            "effort": "full",
        },
        "unmatched": {"path": "/nowhere", "expect": {"status": 404, "text": '{"detail":"Not Found"}'}},
    },
}

app = FastAPI()


# Routes are tried in order: /plain stands first here and in the targets over this one.
@app.get("/plain")
async def plain() -> PlainTextResponse:
    return PlainTextResponse(PLAIN)


@app.get("/health")
async def health() -> Response:
    return Response(HEALTH, media_type="application/json")


@app.post("/users")
async def create() -> Response:
    return Response(USER, status_code=201, media_type="application/json")


@app.get("/missing404")
async def missing() -> Response:
    return Response(ERROR_404, status_code=404, media_type="application/json")


@app.get("/invalid422")
async def invalid() -> Response:
    return Response(ERROR_422, status_code=422, media_type="application/json")
