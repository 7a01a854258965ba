"""The base of every record: frozen, and an unknown key is an error; and the text of others that records hold."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text)


Plain = Annotated[str, AfterValidator(_printable)]
"""What others wrote, without line breaks and control characters."""


class Record(BaseModel):
    """Base of all: frozen, and an unknown key is an error rather than a surprise.

    Each is built when it is first used: building them all takes longer than any command that only looks.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
