"""Files of JSON Lines that only grow and that git may join: each line is whole, of the current schema, or refused."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from bench.model.base import Record
from bench.store.files import StoreError

Line = TypeVar("Line", bound=Record)

_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>")


@dataclass(frozen=True)
class LineKind(Generic[Line]):
    """What the lines of a file are `called`, and what to do about one that isn't JSON, or isn't one of them."""

    adapter: TypeAdapter[Line]
    schema_version: int
    called: str
    if_broken: str
    if_other: str

    def read(self, where: str, text: str) -> Line:
        """One line; `where` says which. Raises StoreError for what isn't a whole one of the current schema."""
        if text.startswith(_CONFLICT):
            raise StoreError(f"{where}: has a merge conflict; keep the lines of both sides, without the markers")
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise StoreError(f"{where}: isn't JSON ({error}); {self.if_broken}") from error
        version = found.get("schema_version") if isinstance(found, dict) else None
        if version is None:
            raise StoreError(f"{where}: isn't {self.called}; {self.if_other}")
        if version != self.schema_version:
            reads = f"this layercake reads {self.schema_version}"
            raise StoreError(f"{where}: has schema version {version}, {reads}; use a newer layercake")
        try:
            return self.adapter.validate_python(found)
        except ValidationError as error:
            first = error.errors()[0]
            at = ".".join(str(part) for part in first["loc"])
            said = f"{at}: {first['msg']}" if at else first["msg"]
            raise StoreError(f"{where}: isn't {self.called}: {said}; {self.if_broken}") from error


def numbered(file: Path) -> list[tuple[str, str]] | None:
    """Where each line stands, and its text, without empty ones; None where there is no file. Raises StoreError."""
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{file}: can't be read ({error})") from error
    return [(f"{file}:{at}", line) for at, line in enumerate(text.splitlines(), 1) if line.strip()]
