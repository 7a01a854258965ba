"""A CSV export from PostgreSQL in batches by keyset: each starts after the last id of the one before."""

from collections.abc import AsyncIterator

import asyncpg
from _archive import BATCH, Table, exporting, lines
from fastapi.responses import StreamingResponse

TARGET = {
    "over": "export_string",
    "adds": "keyset",
    "requires": ["fastapi>=0.100", "asyncpg"],
    "services": ["postgresql"],
    "effort": "default",
    "requests": {
        "csv1000": {"path": "/users.csv?limit=1000", "expect": {"rows": 1000}},
        "export5": {"path": "/archive.csv?limit=25000", "only": ["memory"], "expect": {"rows": 25000}},
        "export50": {"path": "/archive.csv?limit=250000", "only": ["memory"], "expect": {"rows": 250000}},
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
    last = 0
    for done in range(0, limit, BATCH):
        records = await pool.fetch(f"{table.query} WHERE id > $1 ORDER BY id LIMIT $2", last, min(BATCH, limit - done))
        if not records:
            return
        last = records[-1]["id"]
        yield lines(records)


async def export(pool: asyncpg.Pool, table: Table, limit: int) -> StreamingResponse:
    return StreamingResponse(rows(pool, table, limit), media_type="text/csv")


app = exporting(export)
