"""FastAPI asking PostgreSQL for its health, by a session of SQLAlchemy that a dependency yields."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from _postgres import connect
from _ready import HEALTH
from fastapi import Depends, FastAPI
from fastapi.responses import Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

TARGET = {
    "over": "fastapi_hello",
    "adds": "SELECT 1 by a session",
    "requires": ["fastapi>=0.100", "sqlalchemy>=2", "asyncpg"],
    "services": ["postgresql"],
    "effort": "default",
    "requests": {
        "health": {"path": "/health", "expect": {"text": '{"status":"ok"}'}},
    },
}

engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, pool_size=2, max_overflow=0)
sessions = async_sessionmaker(engine)


async def get_db() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health(db: Annotated[AsyncSession, Depends(get_db)]) -> Response:
    await db.execute(text("SELECT 1"))
    return Response(HEALTH, media_type="application/json")
