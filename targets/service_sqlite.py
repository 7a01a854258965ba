"""The service on SQLite by SQLAlchemy's ORM and aiosqlite: a file of its own, which goes with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from _entities import Base, OrderEntity, SessionRepository, UserEntity
from _orders import orders
from _service import service
from _users import users
from fastapi import Depends, FastAPI
from sqlalchemy import insert as insert_rows
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

TARGET = {
    "over": "service_memory",
    "adds": "SQLite",
    "requires": ["fastapi>=0.100", "sqlalchemy>=2", "aiosqlite"],
    "effort": "default",
    "requests": {
        "rows100": {"path": "/v1/users?limit=100", "expect": {"rows": 100}, "effort": "full"},
        "user": {"path": "/v1/users/1", "expect": {"json_file": "user_1"}},
        "orders": {"path": "/v1/users/1/orders", "effort": "full", "expect": {"rows": 10}},
        "create": {
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
            "effort": "full",
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

sessions = async_sessionmaker(expire_on_commit=False)


async def session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


async def repository(session: Annotated[AsyncSession, Depends(session)]) -> SessionRepository:
    return SessionRepository(session, insert)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    with TemporaryDirectory() as folder:
        engine = create_async_engine(f"sqlite+aiosqlite:///{Path(folder) / 'service.db'}", pool_size=4, max_overflow=0)
        async with engine.connect() as connection:
            await connection.exec_driver_sql("PRAGMA journal_mode=WAL")  # so that reading doesn't wait for writing
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
            await connection.execute(insert_rows(UserEntity), [user._asdict() for user in users(10_000)])
            await connection.execute(insert_rows(OrderEntity), [order._asdict() for order in orders(1, 10_001)])
        sessions.configure(bind=engine)
        yield
        await engine.dispose()


app = service(repository, lifespan)
