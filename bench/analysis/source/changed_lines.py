"""Which lines of which files a `git diff` changed, on either side."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_ESCAPED = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_NOWHERE = "/dev/null"


class LineRange(NamedTuple):
    """Lines of a file, both ends among them, counted from 1. Of no lines, `last` is the line before the place."""

    first: int
    last: int

    def __bool__(self) -> bool:
        return self.last >= self.first


class Hunk(NamedTuple):
    """The lines that one change took out of the base, and those that the head has there instead."""

    base: LineRange
    head: LineRange


@dataclass(frozen=True)
class FileChange:
    """A file as both sides name it, from the top of the repository; None on a side that lacks it."""

    base: str | None
    head: str | None
    hunks: tuple[Hunk, ...]


def changed_lines(diff: str) -> list[FileChange]:
    """What the output of `git diff --unified=0` says, with the prefixes `a/` and `b/`.

    Files of which no line changed (a new mode, a new name, no text) aren't in it.
    """
    lines = iter(diff.split("\n"))  # not splitlines: a form feed ends no line of git's
    found: list[FileChange] = []
    base: str | None = None
    head: str | None = None
    hunks: list[Hunk] = []
    for line in lines:
        if line.startswith("diff --git "):
            found += [FileChange(base, head, tuple(hunks))] if hunks else []
            base, head, hunks = None, None, []
        elif not hunks and line.startswith("--- "):
            base = _path(line)
        elif not hunks and line.startswith("+++ "):
            head = _path(line)
        elif (matched := _HUNK.match(line)) is not None:
            first, removed, second, added = (1 if group is None else int(group) for group in matched.groups())
            hunks.append(Hunk(_span(first, removed), _span(second, added)))
            _skip(lines, removed, added)
    return found + ([FileChange(base, head, tuple(hunks))] if hunks else [])


def _span(first: int, lines: int) -> LineRange:
    """Of no lines, git names the line before them."""
    return LineRange(first, first + lines - 1) if lines else LineRange(first + 1, first)


def _skip(lines: Iterator[str], removed: int, added: int) -> None:
    """The text of a hunk, which may look like anything, a header too."""
    while removed > 0 or added > 0:
        line = next(lines, None)
        if line is None:
            return
        removed -= line.startswith("-")
        added -= line.startswith("+")


def _path(line: str) -> str | None:
    """`--- a/app/main.py`; git quotes a name with unusual characters as C does, and ends one with blanks in a tab."""
    name = line[4:].removesuffix("\t")
    if name == _NOWHERE:
        return None
    if name.startswith('"') and name.endswith('"'):
        quoted = name[1:-1].encode("utf-8", "surrogateescape")
        name = _ESCAPE.sub(lambda one: _unescaped(one[1]), quoted).decode("utf-8", "surrogateescape")
    return name[2:]


def _unescaped(escape: bytes) -> bytes:
    return bytes([int(escape, 8) % 256]) if len(escape) == 3 else _ESCAPED.get(escape, escape)
