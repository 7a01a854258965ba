"""OpenAPI schemas put together: what is in one below a path of the other, without taking a name of it for another's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

_COMPONENTS = "#/components/"
_SECURITY = "securitySchemes"  # which are called by name instead of by reference
_CONVERTOR = re.compile(r":[a-zA-Z0-9_]+\}")


def template(path: str) -> str:
    """`/users/{id:int}` as OpenAPI writes it."""
    return _CONVERTOR.sub("}", path)


def operations(schema: Schema) -> set[tuple[str, str]]:
    """Method and path of all that it describes."""
    return {(method.upper(), path) for path, item in part(schema, "paths").items() for method in part({"": item}, "")}


def joined(whole: Schema, other: Schema, path: str, prefix: str) -> Schema:
    """The whole with what is in the other, below a path; components of that have names with the prefix then.

    What the whole describes already stays.
    """
    moved = _moved(other, prefix)
    paths = dict(part(whole, "paths"))
    for local, item in part(moved, "paths").items():
        below = template(path) + local
        paths[below] = {**part({"": item}, ""), **part(paths, below)}
    components = {kind: dict(part({"": by_name}, "")) for kind, by_name in part(whole, "components").items()}
    for kind, by_name in part(moved, "components").items():
        for name, one in part({"": by_name}, "").items():
            components.setdefault(kind, {}).setdefault(name if kind == _SECURITY else prefix + name, one)
    version: Schema = {key: other[key] for key in ("openapi", "info") if key in other}
    return {**version, **whole, "paths": paths, "components": components}


def part(of: Mapping[str, Any], key: str) -> dict[str, Any]:
    """What is there if it is an object, else an empty one."""
    found = of.get(key)
    return found if isinstance(found, dict) else {}


def _moved(one: Any, prefix: str) -> Any:
    """The same with references to the components' new names."""
    if isinstance(one, dict):
        return {key: _moved(value, prefix) for key, value in one.items()}
    if isinstance(one, list):
        return [_moved(value, prefix) for value in one]
    if isinstance(one, str) and one.startswith(_COMPONENTS):
        kind, _, name = one.removeprefix(_COMPONENTS).partition("/")
        return one if kind == _SECURITY else f"{_COMPONENTS}{kind}/{prefix}{name}"
    return one
