"""The base of every record: frozen, and an unknown key is an error."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """Base of all: frozen, and an unknown key is an error rather than a surprise.

    Each is built when it is first used: building them all takes longer than any command that only looks.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
