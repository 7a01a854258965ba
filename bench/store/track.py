"""A track on disk: JSON Lines, a point or a bridge each; see `bench.model.track`.

A line of an older schema is migrated when it is read, and written back as the current one; a line of a newer schema is
refused, and with it the file: never half-read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from bench.analysis.track_points import joined
from bench.model.track import SCHEMA_VERSION, Track, TrackBridge, TrackLine, TrackPoint
from bench.store.files import StoreError, write_atomically

NAME = "layercake-track.jsonl"
_LINE: TypeAdapter[TrackPoint | TrackBridge] = TypeAdapter(TrackLine)
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>")


def load(file: Path) -> Track:
    """What a file holds; nothing where there is none yet. Raises StoreError for what isn't a whole track."""
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        return Track()
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{file}: can't be read ({error})") from error
    read = [_line(f"{file}:{at}", line) for at, line in enumerate(text.splitlines(), 1) if line.strip()]
    points = [one for one in read if isinstance(one, TrackPoint)]
    return joined(points, [one for one in read if isinstance(one, TrackBridge)])


def save(file: Path, track: Track) -> None:
    """Write it whole, a line each. Raises StoreError."""
    write_atomically(file, "".join(f"{line}\n" for line in _lines(track)))


def _line(where: str, text: str) -> TrackPoint | TrackBridge:
    if text.startswith(_CONFLICT):
        raise StoreError(f"{where}: has a merge conflict; keep the lines of both sides, without the markers")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{where}: isn't JSON ({error}); take the file from git again") from error
    version = found.get("schema_version") if isinstance(found, dict) else None
    if version is None:
        raise StoreError(f"{where}: isn't a line of a track; name another file with --file")
    if version != SCHEMA_VERSION:
        raise StoreError(
            f"{where}: has schema version {version}, this layercake reads {SCHEMA_VERSION}; use a newer layercake"
        )
    try:
        return _LINE.validate_python(found)
    except ValidationError as error:
        first = error.errors()[0]
        at = ".".join(str(part) for part in first["loc"])
        raise StoreError(f"{where}: isn't a line of a track: {at}: {first['msg']}") from error


def _lines(track: Track) -> Iterator[str]:
    """What a line is comes first."""
    every: list[TrackPoint | TrackBridge] = [*track.bridges, *track.points]
    for one in every:
        first = {"kind": one.kind, "schema_version": one.schema_version}
        yield json.dumps(first | one.model_dump(mode="json"), ensure_ascii=False, separators=(",", ":"))
