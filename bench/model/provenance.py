"""What every stored result says of its making."""

from __future__ import annotations

from datetime import datetime

from bench.model.base import Record
from bench.model.environment import Host


class Stored(Record):
    """What is kept in a file of its own: which schema and which layercake it is of, and the host that it is from."""

    schema_version: int
    id: str
    harness_version: str
    host: Host


class Provenance(Stored):
    """When and how a result was made. `command` are the words after `bench` that asked for it, folders of this machine
    left out; `commit` is a checkout's, which is `dirty` where it has changes."""

    started_at: datetime
    command: tuple[str, ...]
    seed: int
    commit: str | None
    dirty: bool
    complete: bool
