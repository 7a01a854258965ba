"""A CSV export from PostgreSQL in batches by LIMIT and OFFSET, each of which reads again what it leaves out.

There is no export of 500 MB: its cost grows with the square of the rows.
"""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
from _archive import BATCH, Table, exporting, lines
from fastapi.responses import StreamingResponse

TARGET = {
    "over": "export_string",
    "adds": "LIMIT and OFFSET",
    "requires": ["fastapi>=0.100", "asyncpg"],
    "services": ["postgresql"],
    "effort": "default",
    "requests": {
        "csv1000": {"path": "/users.csv?limit=1000", "expect": {"rows": 1000}, "effort": "full"},
        "export5": {"path": "/archive.csv?limit=25000", "only": ["memory"], "expect": {"rows": 25000}},
        "export50": {"path": "/archive.csv?limit=250000", "only": ["memory"], "expect": {"rows": 250000}},
    },
}


async def rows(pool: asyncpg.Pool, table: Table, limit: int) -> AsyncIterator[str]:
    yield table.header
    for offset in range(0, limit, BATCH):
        query = f"{table.query} ORDER BY id LIMIT $1 OFFSET $2"
        yield lines(await pool.fetch(query, min(BATCH, limit - offset), offset))
        await asyncio.sleep(0)


async def export(pool: asyncpg.Pool, table: Table, limit: int) -> StreamingResponse:
    return StreamingResponse(rows(pool, table, limit), media_type="text/csv")


app = exporting(export)
