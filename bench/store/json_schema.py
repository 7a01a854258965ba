"""The JSON Schemas of stored documents."""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter

from bench.model import track
from bench.model.audit import Audit
from bench.model.audit_figures import AuditFigures
from bench.model.comparison import Comparison
from bench.model.record import SCHEMA_VERSION as RECORD_SCHEMA_VERSION
from bench.model.record import RecordLine
from bench.model.run import Run
from bench.model.series import Bisection, Sweep
from bench.model.track import TrackLine


def schema(document: type[Run] | type[Comparison] | type[Sweep] | type[Bisection] | type[Audit]) -> str:
    """The JSON Schema of what is stored, which a file in `results/schema/` holds."""
    found = document.model_json_schema(mode="serialization")
    version = document.model_fields["schema_version"].default
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    found["title"] = f"A {document.__name__.lower()} of layercake, schema version {version}"
    found["properties"]["schema_version"]["const"] = version
    found["required"] = sorted(found["properties"])  # a default saves words in code, and none in a file
    return json.dumps(found, indent=1, sort_keys=True) + "\n"


def track_schema() -> str:
    """The JSON Schema of each line of a track file, a point or a bridge."""
    found = TypeAdapter[Any](TrackLine).json_schema(mode="serialization")
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    found["title"] = f"A line of a track file of layercake, schema version {track.SCHEMA_VERSION}"
    for record in found["$defs"].values():
        if "properties" in record:
            record["required"] = sorted(record["properties"])
        if "schema_version" in record.get("properties", {}):
            record["properties"]["schema_version"]["const"] = track.SCHEMA_VERSION
    return json.dumps(found, indent=1, sort_keys=True) + "\n"


def record_schema() -> str:
    """The JSON Schema of each line of a record, a header or a comparison. What a line leaves out has its default."""
    found = TypeAdapter[Any](RecordLine).json_schema(mode="validation")
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    found["title"] = f"A line of a record of layercake, schema version {RECORD_SCHEMA_VERSION}"
    for line in found["$defs"].values():
        if "schema_version" in line.get("properties", {}):
            line["properties"]["schema_version"]["const"] = RECORD_SCHEMA_VERSION
    return json.dumps(found, indent=1, sort_keys=True) + "\n"


def figures_schema() -> str:
    """The JSON Schema of `audit.json`, and of what `bench audit --json` writes."""
    found = AuditFigures.model_json_schema(mode="serialization")
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    found["title"] = "The figures of an audit by layercake; null is not measured"
    for record in (found, *found["$defs"].values()):
        if "properties" in record:
            record["required"] = sorted(record["properties"])
    return json.dumps(found, indent=1, sort_keys=True) + "\n"
