"""The service on PostgreSQL by SQLAlchemy's ORM: a session for each request, closed at its end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from _entities import SessionRepository
from _postgres import connect
from _service import service
from fastapi import Depends, FastAPI
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

TARGET = {
    "over": "service_memory",
    "adds": "SQLAlchemy",
    "requires": ["fastapi>=0.100", "sqlalchemy>=2", "asyncpg"],
    "services": ["postgresql"],
    "effort": "default",
    "requests": {
        "rows100": {"path": "/v1/users?limit=100", "expect": {"rows": 100}},
        "user": {"path": "/v1/users/1", "expect": {"json_file": "user_1"}},
        "orders": {"path": "/v1/users/1/orders", "effort": "full", "expect": {"rows": 10}},
        "create": {
            "effort": "full",
            "path": "/v1/orders",
            "method": "POST",
            "json": {
                "id": 10001,
                "user_id": 1001,
                "product": "Café au lait bowl",
                "quantity": 2,
                "price_cents": 1450,
                "placed_at": "2025-06-01T12:30:00",
                "address": "Rue de l'Église 7, 10117",
                "note": "Ring twice",
            },
            "expect": {"status": 201, "json_file": "order_10001"},
        },
        "missing": {
            "path": "/v1/users/999999",
            "effort": "full",
            "expect": {"status": 404, "json_file": "not_found"},
        },
        "invalid": {
            "path": "/v1/users?limit=many",
            "effort": "full",
            "expect": {"status": 422, "json_file": "invalid"},
        },
    },
}

engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, pool_size=8, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)


async def session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


async def repository(session: Annotated[AsyncSession, Depends(session)]) -> SessionRepository:
    return SessionRepository(session, insert)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    await engine.dispose()


app = service(repository, lifespan)
