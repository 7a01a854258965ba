"""The stacks of a record's steps on disk: a file a step and case in the record's folder, for a flame graph of the
difference."""

from __future__ import annotations

from pathlib import Path

from bench.model.record_stacks import RECORD_STACKS_SCHEMA_VERSION, RecordedStacks
from bench.store.files import read_as, write_atomically
from bench.store.stacks import inside
from bench.text.file_names import file_name

STACKS = "stacks"


def save(folder: Path, stacks: RecordedStacks) -> str:
    """Write a step's stacks into a record's folder; their path in it. Raises StoreError."""
    name = "-".join([stacks.package, stacks.base, stacks.head, file_name(stacks.case)])
    file = f"{STACKS}/{name}.json"
    write_atomically(inside(folder, file), f"{stacks.model_dump_json()}\n")
    return file


def load(folder: Path, file: str) -> RecordedStacks:
    """The stacks that a record in `folder` names. Raises StoreError."""
    return read_as(inside(folder, file), RecordedStacks, RECORD_STACKS_SCHEMA_VERSION)
