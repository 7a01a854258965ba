"""A CSV export from PostgreSQL: all rows fetched, made one string, sent as one body."""

import asyncpg
from _archive import Table, exporting, lines
from fastapi.responses import Response

TARGET = {
    "over": "fastapi_plain",
    "adds": "export as one string",
    "requires": ["fastapi>=0.100", "asyncpg"],
    "services": ["postgresql"],
    "effort": "default",
    "requests": {
        "csv1000": {"path": "/users.csv?limit=1000", "expect": {"rows": 1000}},
        "export5": {
            "path": "/archive.csv?limit=25000",
            "effort": "quick",
            "only": ["memory"],
            "expect": {"rows": 25000},
        },
        "export50": {"path": "/archive.csv?limit=250000", "only": ["memory"], "expect": {"rows": 250000}},
        "export500": {
            "path": "/archive.csv?limit=2500000",
            "effort": "full",
            "only": ["memory"],
            "expect": {"rows": 2500000},
        },
    },
}


async def export(pool: asyncpg.Pool, table: Table, limit: int) -> Response:
    records = await pool.fetch(f"{table.query} ORDER BY id LIMIT $1", limit)
    return Response(table.header + lines(records), media_type="text/csv")


app = exporting(export)
