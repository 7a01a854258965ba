"""The base of every record: frozen, and an unknown key is an error."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """Base of all: frozen, and an unknown key is an error rather than a surprise."""

    model_config = ConfigDict(frozen=True, extra="forbid")
