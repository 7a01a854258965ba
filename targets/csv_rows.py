"""A CSV export streamed with a `yield` for each row."""

import csv
import io
from collections.abc import AsyncIterator

from _export import rows
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

TARGET = {
    "over": "fastapi_plain",
    "adds": "CSV row by row",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "csv1000": {"path": "/users.csv?limit=1000", "expect": {"rows": 1000, "chunks": 1001}},
        "csv1": {"path": "/users.csv?limit=1", "expect": {"rows": 1, "chunks": 2}},
    },
}

app = FastAPI()


async def lines(limit: int) -> AsyncIterator[str]:
    line = io.StringIO()
    writer = csv.writer(line)
    for row in rows(limit):
        writer.writerow(row)
        yield line.getvalue()
        line.seek(0)
        line.truncate()


@app.get("/users.csv")
async def export(limit: int) -> StreamingResponse:
    return StreamingResponse(lines(limit), media_type="text/csv")
