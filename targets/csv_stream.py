"""A CSV export streamed in batches of 1000 rows."""

from collections.abc import AsyncIterator
from itertools import islice

from _export import csv_text, rows
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

TARGET = {
    "over": "fastapi_plain",
    "adds": "CSV streamed",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "csv1000": {"path": "/users.csv?limit=1000", "expect": {"rows": 1000}},
        "export": {
            "path": "/users.csv?limit=200000",
            "expect": {"rows": 200000},
            "only": ["memory"],
            "effort": "quick",
        },
    },
}

app = FastAPI()


async def batches(limit: int) -> AsyncIterator[str]:
    remaining = rows(limit)
    while batch := csv_text(islice(remaining, 1000)):
        yield batch


@app.get("/users.csv")
async def export(limit: int) -> StreamingResponse:
    return StreamingResponse(batches(limit), media_type="text/csv")
