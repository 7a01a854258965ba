"""What requirements, or a question for releases, came to last: the answer to it when no index can be reached."""

from __future__ import annotations

import hashlib
import platform
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from platformdirs import user_cache_path

_FILE = re.compile(r"^-r (?P<place>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Remembered:
    """A lock, and the day on which it was resolved."""

    lock: str
    day: str


@dataclass(frozen=True)
class LockCache:
    """Where the lock of one question is kept. Unpinned requirements come to another one tomorrow: it is no cache."""

    file: Path

    @classmethod
    def of(cls, asked: str, preferred: Mapping[str, str], python: str) -> Self:
        """Of the same words, with what is in the files that they name, on the same Python and kind of machine."""
        read = (Path(one["place"]).read_text("utf-8", "replace") for one in _FILE.finditer(asked))
        pins = (f"{name}=={version}" for name, version in sorted(preferred.items()))
        question = "\n".join((asked, *read, *pins, python, platform.machine(), platform.system()))
        name = f"{hashlib.sha256(question.encode()).hexdigest()[:16]}.lock"
        return cls(user_cache_path("fastapi-layercake") / "locks" / name)

    def last(self) -> Remembered | None:
        """None when it was never kept."""
        try:
            day = datetime.fromtimestamp(self.file.stat().st_mtime, UTC).date()
            return Remembered(self.file.read_text("utf-8"), day.isoformat())
        except FileNotFoundError:
            return None

    def keep(self, lock: str) -> None:
        """There whole or not at all, however many commands keep it at once."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.file.parent) as folder:
            scratch = Path(folder) / self.file.name
            scratch.write_text(lock, "utf-8")
            scratch.replace(self.file)
