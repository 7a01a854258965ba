"""An audit as data: its figures as JSON (a contract that scripts rely on), and each part of each route as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.model.audit_figures import AuditFigures, PartFigures
from bench.report.document import Document
from bench.report.renderers.markdown import markdown
from bench.store.files import write_files

COLUMNS = ("route", "valid", "where", *PartFigures.model_fields)


def write(figures: AuditFigures, document: Document, folder: Path) -> list[Path]:
    """Write every export of an audit into `folder`, each whole or not at all; their paths. Raises StoreError."""
    return write_files(folder, {"parts.csv": csv_text(figures), "comment.md": markdown(document)})


def json_text(figures: AuditFigures) -> str:
    """`audit.json`: null is what wasn't measured, never 0."""
    return figures.model_dump_json(indent=1) + "\n"


def csv_text(figures: AuditFigures) -> str:
    """A row for each part, in process and served, with the columns of a part in `audit.json`; an invalid route has one
    row without a part."""
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(_rows(figures))
    return text.getvalue()


def _rows(figures: AuditFigures) -> Iterator[dict[str, Any]]:
    for route in figures.routes:
        if not route.valid:
            yield {"route": route.route, "valid": "false"}
            continue
        for where, parts in (("in process", route.parts), ("served", route.served_parts)):
            for part in parts:
                yield {"route": route.route, "valid": "true", "where": where, **part.model_dump()}
