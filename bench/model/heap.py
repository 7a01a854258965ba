"""The heaps of a run, as one document beside it."""

from __future__ import annotations

from typing import Any

from pydantic import field_validator

from bench.model.base import Record
from bench.model.environment import Stack as Packages
from bench.model.provenance import Stored
from bench.model.run import MissingSample

SCHEMA_VERSION = 2
STILL_READ = (1,)


class ServedGrowth(Record):
    """Resident memory of a served target in one launch, between blocks: `rss_bytes` when it had answered `requests`."""

    launch: int
    requests: tuple[int, ...]
    rss_bytes: tuple[int, ...]


class HeapSample(Record):
    """One case's heap. The files are folded stacks, in bytes, whose last frame is the line that allocated.

    `allocs` and `alloc_bytes` are of one request by layer. `live_bytes` are by launch what was live before, and after
    each block of `block_requests` requests; what came in the first launch meanwhile and stayed is in `kept_file`;
    `served` is of launches behind uvicorn, under load. None of a case whose answers are too large to be asked for so
    often.
    """

    case: str
    hash_seed: int
    body_bytes: int
    peak_bytes: int
    peak_file: str
    allocs: dict[str, float] | None = None
    alloc_bytes: dict[str, float] | None = None
    block_requests: int | None = None
    live_bytes: tuple[tuple[int, ...], ...] = ()
    kept_file: str | None = None
    served: tuple[ServedGrowth, ...] = ()

    @field_validator("live_bytes", mode="before")
    @classmethod
    def _of_version_1(cls, found: Any) -> Any:
        """It had the one launch alone."""
        return (found,) if found and isinstance(found[0], int) else found


class Heaps(Stored):
    """Every heap of a run, which lies beside its `run.json`."""

    schema_version: int = SCHEMA_VERSION
    stack: Packages
    samples: tuple[HeapSample, ...] = ()
    absences: tuple[MissingSample, ...] = ()
