"""What JSON values have in common, and whether another one has it too."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

from bench.answers.json_path import ROOT, item, key
from bench.model.exchange import Shape

_TYPES: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    dict: "object",
    list: "array",
}


_SCALARS = {name: Shape(types=(name,)) for name in ("null", "boolean", "number", "string")}


def shape_of(value: Any) -> Shape:
    """The shape of one value."""
    match value:
        case dict():
            properties = {name: shape_of(held) for name, held in value.items()}
            return Shape(types=("object",), properties=properties, required=tuple(sorted(properties)))
        case list():
            items = reduce(merged, map(shape_of, value)) if value else None
            return Shape(types=("array",), items=items, length=len(value))
        case _:
            return _SCALARS[_TYPES[type(value)]]


def merged(one: Shape, other: Shape) -> Shape:
    """What fits either."""
    if one is other or one == other:
        return one
    types = tuple(sorted({*one.types, *other.types}))
    objects = [shape for shape in (one, other) if "object" in shape.types]
    lists = [shape for shape in (one, other) if "array" in shape.types]
    return Shape(types=types, **_merged_objects(objects), **_merged_lists(lists))


def _merged_objects(shapes: Sequence[Shape]) -> dict[str, Any]:
    if len(shapes) < 2:
        return {name: getattr(shape, name) for shape in shapes for name in ("properties", "required", "closed")}
    one, other = shapes
    both = one.properties.keys() & other.properties.keys()
    return {
        "properties": {
            **one.properties,
            **other.properties,
            **{name: merged(one.properties[name], other.properties[name]) for name in both},
        },
        "required": tuple(sorted({*one.required} & {*other.required})),
        "closed": one.closed and other.closed and one.properties.keys() == other.properties.keys(),
    }


def _merged_lists(shapes: Sequence[Shape]) -> dict[str, Any]:
    if len(shapes) < 2:
        return {name: getattr(shape, name) for shape in shapes for name in ("items", "length")}
    one, other = shapes
    items = merged(one.items, other.items) if one.items and other.items else one.items or other.items
    return {"items": items, "length": one.length if one.length == other.length else None}


def misfit(value: Any, shape: Shape, at: str = ROOT) -> str | None:
    """Where and how a value differs from a shape, or None."""
    kind = _TYPES[type(value)]
    if kind not in shape.types:
        return f"{at} is {kind}, expected {' or '.join(shape.types)}"
    match value:
        case dict():
            return _object_misfit(value, shape, at)
        case list():
            return _list_misfit(value, shape, at)
        case _:
            return None


def _object_misfit(value: dict[str, Any], shape: Shape, at: str) -> str | None:
    for name in shape.required:
        if name not in value:
            return f"{key(at, name)} is missing"
    for name, held in value.items():
        if name in shape.properties:
            if found := misfit(held, shape.properties[name], key(at, name)):
                return found
        elif shape.closed:
            return f"{key(at, name)} is unexpected"
    return None


def _list_misfit(value: list[Any], shape: Shape, at: str) -> str | None:
    if shape.length is not None and len(value) != shape.length:
        return f"{at} has {len(value)} items, expected {shape.length}"
    if shape.items is None:
        return None
    return next((found for held in value if (found := misfit(held, shape.items, item(at)))), None)
