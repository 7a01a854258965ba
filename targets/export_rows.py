"""A CSV export from PostgreSQL, streamed with a `yield` for each row, from a cursor that reads ahead."""

from collections.abc import AsyncIterator

import asyncpg
from _archive import Table, exporting, lines
from fastapi.responses import StreamingResponse

TARGET = {
    "over": "export_string",
    "adds": "a row at a time",
    "requires": ["fastapi>=0.100", "asyncpg"],
    "services": ["postgresql"],
    "effort": "default",
    "requests": {
        "csv1000": {"path": "/users.csv?limit=1000", "expect": {"rows": 1000}},
        "export5": {"path": "/archive.csv?limit=25000", "only": ["memory"], "expect": {"rows": 25000}},
        "export50": {
            "path": "/archive.csv?limit=250000",
            "only": ["memory"],
            "expect": {"rows": 250000},
            "effort": "full",
        },
        "export500": {
            "path": "/archive.csv?limit=2500000",
            "effort": "full",
            "only": ["memory"],
            "expect": {"rows": 2500000},
        },
    },
}


async def rows(pool: asyncpg.Pool, table: Table, limit: int) -> AsyncIterator[str]:
    yield table.header
    async with pool.acquire() as connection, connection.transaction():
        async for record in connection.cursor(f"{table.query} ORDER BY id LIMIT $1", limit):
            yield lines([record])


async def export(pool: asyncpg.Pool, table: Table, limit: int) -> StreamingResponse:
    return StreamingResponse(rows(pool, table, limit), media_type="text/csv")


app = exporting(export)
