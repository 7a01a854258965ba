"""A CSV export made as one string and sent as one body."""

from _export import csv_text, rows
from fastapi import FastAPI
from fastapi.responses import Response

TARGET = {
    "over": "fastapi_plain",
    "adds": "CSV as one body",
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


@app.get("/users.csv")
async def export(limit: int) -> Response:
    return Response(csv_text(rows(limit)), media_type="text/csv")
