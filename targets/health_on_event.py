"""FastAPI asking PostgreSQL for its health, over a pool that is made when the app starts, by on_event."""

from _postgres import open_pool
from _ready import HEALTH
from fastapi import FastAPI, Request
from fastapi.responses import Response

TARGET = {
    "over": "health_pool",
    "adds": "on_event for lifespan",
    "requires": ["fastapi>=0.100", "asyncpg"],
    "services": ["postgresql"],
    "effort": "full",
    "requests": {
        "health": {"path": "/health", "expect": {"text": '{"status":"ok"}'}},
    },
}

app = FastAPI()


@app.on_event("startup")
async def open_connections() -> None:
    app.state.pool = await open_pool(2)


@app.on_event("shutdown")
async def close_connections() -> None:
    await app.state.pool.close()


@app.get("/health")
async def health(request: Request) -> Response:
    await request.app.state.pool.fetchval("SELECT 1")
    return Response(HEALTH, media_type="application/json")
