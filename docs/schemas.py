"""Writes the JSON Schemas of what is stored into `results/schema/`: `make schema`."""

from __future__ import annotations

from pathlib import Path

from bench import store
from bench.pairs import Comparison
from bench.samples import Run
from bench.series import Bisection, Sweep

FOLDER = Path(__file__).parents[1] / "results" / "schema"
SCHEMAS = {
    "run.schema.json": Run,
    "comparison.schema.json": Comparison,
    "sweep.schema.json": Sweep,
    "bisection.schema.json": Bisection,
}

if __name__ == "__main__":
    for name, document in SCHEMAS.items():
        (FOLDER / name).write_text(store.schema(document), "utf-8")
