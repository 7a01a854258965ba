"""Paths into JSON (RFC 9535): `$.id`, `$.items[*].at`, `$.by_name.*`, `$['a key']`; no other selectors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

ROOT = "$"
_ANY = None
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STEP = re.compile(r"""\.(?P<name>[A-Za-z_][A-Za-z0-9_]*)|\['(?P<quoted>[^']*)'\]|(?P<any>\.\*|\[\*\])""")

Step = str | None
"""A key, or None: every item of a list, every value of an object."""


def key(path: str, name: str) -> str:
    """The path of one of an object's values."""
    return f"{path}.{name}" if _NAME.fullmatch(name) else f"{path}['{name}']"


def item(path: str) -> str:
    """The path of the items of a list."""
    return f"{path}[*]"


def steps(path: str) -> tuple[Step, ...]:
    """Raises ValueError for what is no path."""
    found: list[Step] = []
    at = len(ROOT)
    while path.startswith(ROOT) and at < len(path) and (step := _STEP.match(path, at)):
        found.append(_ANY if step["any"] else step["name"] or step["quoted"] or "")
        at = step.end()
    if not path.startswith(ROOT) or at != len(path):
        raise ValueError(f"{path!r} isn't a path; write e.g. '$.id' or '$.items[*].at'")
    return tuple(found)


def without(value: Any, paths: Sequence[str]) -> Any:
    """A copy in which null stands at each of these paths."""
    return _without(value, [steps(path) for path in paths])


def _without(value: Any, ways: Sequence[tuple[Step, ...]]) -> Any:
    if not ways:
        return value
    if () in ways:
        return None
    match value:
        case dict():
            return {name: _without(held, _below(ways, name)) for name, held in value.items()}
        case list():
            below = _below(ways, _ANY)
            return [_without(held, below) for held in value]
        case _:
            return value


def _below(ways: Sequence[tuple[Step, ...]], step: Step) -> list[tuple[Step, ...]]:
    return [way[1:] for way in ways if way[0] is _ANY or way[0] == step]


def leads_somewhere(value: Any, path: str) -> bool:
    """Whether there is something at a path."""
    return _leads(value, steps(path))


def _leads(value: Any, way: Sequence[Step]) -> bool:
    if not way:
        return True
    return any(_leads(held, way[1:]) for held in _chosen(value, way[0]))


def _chosen(value: Any, step: Step) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values() if step is _ANY else [value[step]] if step in value else []
    elif isinstance(value, list) and step is _ANY:
        yield from value


def differing(one: Any, other: Any, at: str = ROOT) -> Iterator[str]:
    """Where two values differ: the deepest paths, those of a list's items as one; a list's own where its length does,
    and `.*` below an object whose keys do."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in one.keys() & other.keys():
            yield from differing(one[name], other[name], key(at, name))
        if one.keys() != other.keys():
            yield f"{at}.*"
    elif isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            yield at
        for mine, theirs in zip(one, other, strict=False):
            yield from differing(mine, theirs, item(at))
    elif json.dumps(one) != json.dumps(other):  # 1 and 1.0 and true are three values, and NaN is one
        yield at
