"""Writes the JSON Schemas of what is stored into `results/schema/`: `make schema`."""

from __future__ import annotations

from pathlib import Path

from bench.audit import requests_file
from bench.model.audit import Audit
from bench.model.comparison import Comparison
from bench.model.run import Run
from bench.model.series import Bisection, Sweep
from bench.store import json_schema

FOLDER = Path(__file__).parents[1] / "results" / "schema"
SCHEMAS: dict[str, type[Run] | type[Comparison] | type[Sweep] | type[Bisection] | type[Audit]] = {
    "run.schema.json": Run,
    "comparison.schema.json": Comparison,
    "sweep.schema.json": Sweep,
    "bisection.schema.json": Bisection,
    "audit-measurements.schema.json": Audit,
}

if __name__ == "__main__":
    for name, document in SCHEMAS.items():
        (FOLDER / name).write_text(json_schema.schema(document), "utf-8")
    (FOLDER / "requests.schema.json").write_text(requests_file.schema(), "utf-8")
    (FOLDER / "audit.schema.json").write_text(json_schema.figures_schema(), "utf-8")
    (FOLDER / "record.schema.json").write_text(json_schema.record_schema(), "utf-8")
    (FOLDER / "track.schema.json").write_text(json_schema.track_schema(), "utf-8")
