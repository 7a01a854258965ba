"""What of a long Markdown text fits a limit: whole lines of whole blocks, and how many were left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LONGEST_BYTES = 63_000
"""GitHub takes comments of up to 65,536 characters. Bytes of UTF-8 are never fewer than characters, however they are
counted; the rest is for a marker and a link that who posts it may add."""

# However much comes before it, a part has so much room at the least.
_LEAST_BYTES = 3_000
# The line that says how many were left out, and the empty one before it.
_MORE_BYTES = 64


@dataclass(frozen=True)
class Passage:
    """Lines that belong together: items between a head and a foot. A part without room for all of its items keeps the
    first of them, and always head and foot; a string is one line."""

    items: tuple[str | Passage, ...]
    head: tuple[str, ...] = ()
    foot: tuple[str, ...] = ()


def within(parts: Sequence[Passage], most_bytes: int) -> list[str]:
    """As many lines as fit. Earlier parts have more room, but never all of it: each later one is promised some."""
    promised = min(_LEAST_BYTES, most_bytes // (2 * max(1, len(parts))))
    sizes, room = [_size(_lines(part)) for part in parts], most_bytes - _MORE_BYTES
    kept: list[str] = []
    left_out = 0
    for at, part in enumerate(parts):
        later = sum(min(size, promised) for size in sizes[at + 1 :])
        found = _fitted(part, room - later)
        kept += found
        room -= _size(found)
        left_out += not found
    return [*kept, *_more(left_out, " sections")]


def _fitted(part: Passage, most_bytes: int) -> list[str]:
    """The part if it fits, or as many of its items as do; nothing if not one does."""
    if _size(whole := _lines(part)) <= most_bytes:
        return whole
    room = most_bytes - _size(part.head) - _size(part.foot) - _MORE_BYTES
    kept: list[str] = []
    shown = 0
    for item in part.items:
        found = _fitted(item, room) if isinstance(item, Passage) else [item] if _size([item]) <= room else []
        if not found:
            break
        kept += found
        room -= _size(found)
        shown += 1
    return [*part.head, *kept, *_more(len(part.items) - shown), *part.foot] if kept else []


def _more(number: int, what: str = "") -> list[str]:
    named = what if number > 1 else what.removesuffix("s")
    return ["", f"… and {number:,} more{named}, see the page."] if number else []


def _lines(part: Passage) -> list[str]:
    inner = [line for item in part.items for line in ([item] if isinstance(item, str) else _lines(item))]
    return [*part.head, *inner, *part.foot]


def _size(lines: Iterable[str]) -> int:
    """In bytes of UTF-8, with the ends of lines."""
    return sum(len(line.encode("utf-8", "surrogatepass")) + 1 for line in lines)
