"""FastAPI asking PostgreSQL for its health, over a pool that is made when the app starts, by lifespan."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from _postgres import open_pool
from _ready import HEALTH
from fastapi import FastAPI, Request
from fastapi.responses import Response

TARGET = {
    "over": "fastapi_hello",
    "adds": "SELECT 1 by a pool",
    "requires": ["fastapi>=0.100", "asyncpg"],
    "services": ["postgresql"],
    "effort": "default",
    "requests": {
        "health": {"path": "/health", "expect": {"text": '{"status":"ok"}'}},
    },
}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with await open_pool(2) as app.state.pool:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health(request: Request) -> Response:
    await request.app.state.pool.fetchval("SELECT 1")
    return Response(HEALTH, media_type="application/json")
