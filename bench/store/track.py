"""A track on disk: JSON Lines, a point or a bridge each; see `bench.model.track`.

A line of an older schema is migrated when it is read, and written back as the current one; a line of a newer schema is
refused, and with it the file: never half-read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import TypeAdapter

from bench.analysis.series.track_points import joined
from bench.model.track import SCHEMA_VERSION, Track, TrackBridge, TrackLine, TrackPoint
from bench.store.files import write_atomically
from bench.store.json_lines import LineKind, numbered

NAME = "layercake-track.jsonl"
_LINES: LineKind[TrackPoint | TrackBridge] = LineKind(
    TypeAdapter(TrackLine),
    SCHEMA_VERSION,
    "a line of a track",
    if_broken="take the file from git again",
    if_other="name another file with --file",
)


def load(file: Path) -> Track:
    """What a file holds; nothing where there is none yet. Raises StoreError for what isn't a whole track."""
    lines = numbered(file)
    if lines is None:
        return Track()
    read = [_LINES.read(where, line) for where, line in lines]
    points = [one for one in read if isinstance(one, TrackPoint)]
    return joined(points, [one for one in read if isinstance(one, TrackBridge)])


def save(file: Path, track: Track) -> None:
    """Write it whole, a line each. Raises StoreError."""
    write_atomically(file, "".join(f"{line}\n" for line in _lines(track)))


def _lines(track: Track) -> Iterator[str]:
    """What a line is comes first."""
    every: list[TrackPoint | TrackBridge] = [*track.bridges, *track.points]
    for one in every:
        first = {"kind": one.kind, "schema_version": one.schema_version}
        yield json.dumps(first | one.model_dump(mode="json"), ensure_ascii=False, separators=(",", ":"))
