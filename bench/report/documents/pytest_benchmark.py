"""pytest-benchmark's result: its own statistics, in µs, a row for each case."""

from __future__ import annotations

import json

from bench.report import cells
from bench.report.document import Cell, Column, Document, Row, Section, Table


def document(result: str) -> Document:
    """The cases of pytest-benchmark's JSON, `result`, by group in its order."""
    columns = (Column("case", words=True, code=True), *map(Column, ("min", "median", "IQR", "rounds")))
    rows = []
    for benchmark in json.loads(result)["benchmarks"]:
        stats = benchmark["stats"]
        times = (cells.plain(stats[name] * 1e6) for name in ("min", "median", "iqr"))
        rows.append(Row((Cell(benchmark["extra_info"]["case"]), *times, cells.plain(stats["rounds"], 0))))
    return Document(
        title="pytest-benchmark",
        headline=(
            "Elapsed time, which includes one turn of the event loop in every case. Compare these numbers with each "
            "other only.",
        ),
        sections=(Section("µs per request", (Table(columns, tuple(rows)),), "cases"),),
    )
