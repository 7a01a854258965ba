"""Two JSON schemas as one that asks for both, as far as that helps to make an instance; a validator checks it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Schema = Mapping[str, Any]


def merged(one: Schema, other: Schema) -> dict[str, Any]:
    """What `allOf` of both asks for; of a keyword that can't be merged, the second schema's."""
    both = {**one, **other}
    for keyword in one.keys() & other.keys():
        both[keyword] = _MERGE.get(keyword, _second)(one[keyword], other[keyword])
    return both


def types_of(schema: Schema) -> tuple[str, ...]:
    """The JSON types that it allows, by name; what doesn't say is known by its other keywords, or () for any."""
    match schema.get("type"):
        case str() as name:
            return (name,)
        case list() as several:
            return tuple(name for name in several if isinstance(name, str))
    return next(((name,) for name, keywords in _KNOWN_BY.items() if schema.keys() & keywords), ())


_KNOWN_BY: Mapping[str, frozenset[str]] = {
    "object": frozenset({"properties", "required", "additionalProperties", "minProperties", "patternProperties"}),
    "array": frozenset({"items", "prefixItems", "minItems", "uniqueItems"}),
    "string": frozenset({"minLength", "maxLength", "pattern", "format"}),
    "number": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
}


def _second(_: Any, second: Any) -> Any:
    return second


def _types(one: Any, other: Any) -> Any:
    mine, theirs = types_of({"type": one}), types_of({"type": other})
    both = [name for name in mine if name in theirs]
    if not both and {*mine, *theirs} >= {"integer", "number"}:
        both = ["integer"]
    return both or other


def _either(one: Any, other: Any) -> Any:
    return list(dict.fromkeys((*one, *other))) if isinstance(one, list) and isinstance(other, list) else other


def _both(one: Any, other: Any) -> Any:
    """Members of an enum that are in both."""
    return [held for held in one if held in other] if isinstance(one, list) and isinstance(other, list) else other


def _properties(one: Any, other: Any) -> Any:
    if not isinstance(one, dict) or not isinstance(other, dict):
        return other
    shared = {name: _schemas(one[name], other[name]) for name in one.keys() & other.keys()}
    return {**one, **other, **shared}


def _schemas(one: Any, other: Any) -> Any:
    return one if one == other else {"allOf": [one, other]}


def _number(choose: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def chosen(one: Any, other: Any) -> Any:
        return choose(one, other) if isinstance(one, int | float) and isinstance(other, int | float) else other

    return chosen


def _pairs(one: Any, other: Any) -> Any:
    """A branch of each: every pair is one branch."""
    if not isinstance(one, list) or not isinstance(other, list) or len(one) * len(other) > _MOST_PAIRS:
        return other
    return [{"allOf": [mine, theirs]} for mine in one for theirs in other]


_MOST_PAIRS = 400
_MERGE: Mapping[str, Callable[[Any, Any], Any]] = {
    "type": _types,
    "required": _either,
    "enum": _both,
    "anyOf": _pairs,
    "oneOf": _pairs,
    "not": lambda one, other: {"anyOf": [one, other]},
    "examples": _either,
    "properties": _properties,
    "items": _schemas,
    "additionalProperties": _schemas,
    **dict.fromkeys(
        ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "uniqueItems"), _number(max)
    ),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), _number(min)),
}
