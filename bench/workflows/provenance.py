"""The fields of a `Provenance` that begins now, on this host, by this layercake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.host import fingerprint
from bench.host.git import git_state
from bench.store.redaction import placeless


def new_id(seed: int, word: str = "", at: datetime | None = None) -> str:
    """Ids begin with their time, so that they sort by it; a `word` tells more than the seed does."""
    return f"{at or datetime.now(UTC):%Y%m%dT%H%M%SZ}-{f'{word}-' if word else ''}{seed:08x}"


def begun(command: Sequence[str], seed: int, project: Path, word: str = "") -> dict[str, Any]:
    """Of a result that isn't complete yet."""
    now = datetime.now(UTC)
    commit, dirty = git_state(project)
    return {
        "id": new_id(seed, word, now),
        "started_at": now,
        "command": tuple(map(placeless, command)),
        "seed": seed,
        "commit": commit,
        "dirty": dirty,
        "harness_version": version("fastapi-layercake"),
        "complete": False,
        "host": fingerprint.describe(),
    }
