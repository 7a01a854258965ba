"""How many sessions of SQLAlchemy two uses of one dependency make, and how many connections those take."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from _postgres import connect
from fastapi import Depends, FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

TARGET = {
    "over": None,
    "adds": "sessions of a database, counted",
    "requires": ["fastapi>=0.100", "sqlalchemy>=2", "asyncpg"],
    "services": ["postgresql"],
    "requests": {
        "cached": {"path": "/cached", "only": ["facts"]},
        "uncached": {"path": "/uncached", "only": ["facts"]},
        "nested": {"path": "/nested", "only": ["facts"]},
    },
}

engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, pool_size=2, max_overflow=0)
sessions = async_sessionmaker(engine)


async def get_db() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


async def repository(db: Annotated[AsyncSession, Depends(get_db)]) -> AsyncSession:
    return db


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


@app.get("/cached")
async def cached(
    one: Annotated[AsyncSession, Depends(get_db)], two: Annotated[AsyncSession, Depends(get_db)]
) -> dict[str, int]:
    return await counted(one, two)


@app.get("/uncached")
async def uncached(
    one: Annotated[AsyncSession, Depends(get_db)], two: Annotated[AsyncSession, Depends(get_db, use_cache=False)]
) -> dict[str, int]:
    return await counted(one, two)


@app.get("/nested")
async def nested(
    one: Annotated[AsyncSession, Depends(get_db)], two: Annotated[AsyncSession, Depends(repository)]
) -> dict[str, int]:
    return await counted(one, two)


async def counted(*given: AsyncSession) -> dict[str, int]:
    """A session keeps its connection from its first query to its end: each backend is a connection held meanwhile."""
    backends = {await session.scalar(text("SELECT pg_backend_pid()")) for session in given}
    return {"sessions": len(set(given)), "connections": len(backends)}
