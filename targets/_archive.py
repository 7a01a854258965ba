"""What the exports from the database share: two tables, ordered by id, as CSV, by a way of asking that differs."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import NamedTuple

import asyncpg
from _export import csv_text
from _orders import Order
from _postgres import open_pool
from _ready import HEALTH
from fastapi import FastAPI
from fastapi.responses import Response

BATCH = 1000


class Table(NamedTuple):
    """A table, and the columns of it that are exported, `id` first."""

    name: str
    columns: tuple[str, ...]

    @property
    def query(self) -> str:
        """All its rows; what follows says which of them."""
        return f"SELECT {', '.join(self.columns)} FROM {self.name}"  # noqa: S608  both tables stand below

    @property
    def header(self) -> str:
        return csv_text([self.columns])


USERS = Table("layercake_users", ("id", "name", "email"))
ARCHIVE = Table("layercake_archive", Order._fields)

# Answers with so many rows of a table, over a pool of connections.
Export = Callable[[asyncpg.Pool, Table, int], Awaitable[Response]]


def lines(records: Iterable[asyncpg.Record]) -> str:
    return csv_text(tuple(record) for record in records)


def exporting(export: Export) -> FastAPI:
    """The app: an export of users, one of the archive, and a health check that needs nothing but the event loop."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with await open_pool(4) as app.state.pool:
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/users.csv")
    async def export_users(limit: int) -> Response:
        return await export(app.state.pool, USERS, limit)

    @app.get("/archive.csv")
    async def export_archive(limit: int) -> Response:
        return await export(app.state.pool, ARCHIVE, limit)

    @app.get("/health")
    async def health() -> Response:
        return Response(HEALTH, media_type="application/json")

    return app
