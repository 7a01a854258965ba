"""Makes an instance of a schema: what it shows (examples, defaults), or the smallest; jsonschema has the last word."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry

from bench.audit.instances import number, text
from bench.audit.instances.merging import merged, types_of

_STEPS = 20_000
"""How many schemas are looked at for one instance: some have more branches than anybody can try."""
_KEPT = ("components", "definitions", "$defs", "paths")
"""Where references lead to; other keys of a document are no keywords of a schema."""
_NOWHERE: Registry[Any] = Registry()
"""Nothing is fetched from where a schema says."""
_RANK = ("null", "boolean", "integer", "number", "string", "array", "object")


class NoInstanceError(ValueError):
    """A schema of which no instance was found; the message says why."""


def instance(schema: Any, document: Mapping[str, Any], *, shown: bool = False) -> Any:
    """A valid instance, the smallest that is found; with `shown`, examples and defaults come before that.

    References are looked up in the document. Raises NoInstanceError.
    """
    try:
        return _InstanceMaker(document, shown).make(schema, frozenset())
    except NoInstanceError:
        raise
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError, ArithmeticError) as error:
        raise NoInstanceError(f"the schema is invalid: {type(error).__name__}: {error}") from error


def valid(value: Any, schema: Any, document: Mapping[str, Any]) -> bool:
    """Whether a schema allows a value; one that can't be read allows any, since the app has the last word."""
    if not isinstance(schema, Mapping):
        return schema is not False
    try:
        around = {key: document[key] for key in _KEPT if key in document}
        return bool(Draft202012Validator({**around, **schema}, registry=_NOWHERE).is_valid(value))
    except Exception:  # noqa: BLE001  a schema is the app's, and may be anything; so are the errors of who reads it
        return True


def resolved(reference: Any, document: Mapping[str, Any]) -> Any:
    """What `#/components/schemas/User` names. Raises NoInstanceError."""
    found: Any = document
    if not isinstance(reference, str) or not reference.startswith("#"):
        raise NoInstanceError(f"the reference {reference!r:.80} leads out of the schema")
    for part in reference.removeprefix("#").split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, Mapping) or name not in found:
            raise NoInstanceError(f"the reference {reference!r:.80} leads nowhere")
        found = found[name]
    return found


class _InstanceMaker:
    """One attempt. `within` are the references that are being followed: the smallest instance meets none of them twice,
    since what is inside could stand in the place of what is around it."""

    def __init__(self, document: Mapping[str, Any], shown: bool) -> None:
        self._document = document
        self._shown = shown
        self._left = _STEPS

    def make(self, schema: Any, within: frozenset[str]) -> Any:
        self._left -= 1
        if self._left < 0:
            raise NoInstanceError(f"the schema has more than {_STEPS:,} branches")
        if schema is False:
            raise NoInstanceError("the schema allows nothing")
        if not isinstance(schema, Mapping):
            return {}
        flat, inside = self._flat(schema, within)
        return self._first_valid(schema, self._candidates(flat, inside))

    def _flat(self, schema: Mapping[str, Any], within: frozenset[str]) -> tuple[dict[str, Any], frozenset[str]]:
        """With what `$ref` and `allOf` add to it."""
        flat = dict(schema)
        waiting = [flat.pop("$ref")] if "$ref" in flat else []
        parts = [*flat.pop("allOf", ())]
        for reference in waiting:
            if reference in within:
                raise NoInstanceError(f"the schema {reference!r:.80} needs itself without end")
            within |= {reference}
            parts.insert(0, resolved(reference, self._document))
        for part in parts:
            if part is False:
                raise NoInstanceError("the schema allows nothing")
            if isinstance(part, Mapping):
                inner, within = self._flat(part, within)
                flat = merged(inner, flat)
        return flat, within

    def _first_valid(self, schema: Mapping[str, Any], candidates: Iterator[Callable[[], Any]]) -> Any:
        why = NoInstanceError("no instance of the schema was found")
        for candidate in candidates:
            try:
                found = candidate()
            except ValueError as error:
                why = error if isinstance(error, NoInstanceError) else NoInstanceError(str(error))
                continue
            if self._left < 0:
                break
            if valid(found, schema, self._document):
                return found
        raise why

    def _candidates(self, schema: dict[str, Any], within: frozenset[str]) -> Iterator[Callable[[], Any]]:
        if self._shown:
            yield from (_constant(value) for value in shown(schema))
        if "const" in schema:
            yield _constant(schema["const"])
        elif isinstance(schema.get("enum"), list):
            yield from (_constant(value) for value in schema["enum"])
        elif keyword := next((name for name in ("oneOf", "anyOf") if isinstance(schema.get(name), list)), None):
            yield from self._branches(schema, keyword, within)
        else:
            yield from self._typed(schema, within)

    def _branches(self, schema: dict[str, Any], keyword: str, within: frozenset[str]) -> Iterator[Callable[[], Any]]:
        """The smallest first, unless the schema's own order is the better example."""
        branches = schema[keyword] if self._shown else sorted(schema[keyword], key=self._rank)
        rest = {name: value for name, value in schema.items() if name != keyword}
        for branch in branches:
            others = [one for one in branches if one is not branch]
            only = [{"not": {"anyOf": others}}] if keyword == "oneOf" and others else []
            yield self._branch(rest, [branch, *only], within)

    def _rank(self, branch: Any) -> int:
        types = types_of(branch) if isinstance(branch, Mapping) else ()
        return min((_RANK.index(name) for name in types if name in _RANK), default=len(_RANK))

    def _branch(self, rest: dict[str, Any], parts: list[Any], within: frozenset[str]) -> Callable[[], Any]:
        return lambda: self.make({**rest, "allOf": parts}, within)

    def _typed(self, schema: dict[str, Any], within: frozenset[str]) -> Iterator[Callable[[], Any]]:
        makers: dict[str, Callable[[], Any]] = {
            "null": lambda: None,
            "boolean": lambda: False,
            "integer": lambda: number.whole(schema),
            "number": lambda: number.real(schema),
            "string": lambda: text.text(schema),
            "array": lambda: self._array(schema, within),
            "object": lambda: self._object(schema, within),
        }
        types = types_of(schema)
        if not types:
            types = ("object", "string", "integer", "boolean", "null", "array")
        elif not self._shown:
            types = tuple(sorted(types, key=lambda name: _RANK.index(name) if name in _RANK else 0))
        yield from (makers[name] for name in types if name in makers)
        if "boolean" in types:
            yield lambda: True
        if "number" in types:
            yield lambda: number.real(schema) + 0.5

    def _array(self, schema: Mapping[str, Any], within: frozenset[str]) -> list[Any]:
        first = schema.get("prefixItems") or []
        least = int(schema.get("minItems", 0))
        if least > _STEPS:
            raise NoInstanceError(f"an array of {least} items")
        items: list[Any] = []
        if least or (self._shown and "items" in schema and schema.get("maxItems") != 0 and not first):
            for at in range(max(least, 0 if first else 1)):
                item = first[at] if at < len(first) else schema.get("items", {})
                items.append(self._other(item, items, within) if schema.get("uniqueItems") else self.make(item, within))
        return items

    def _other(self, schema: Any, than: list[Any], within: frozenset[str]) -> Any:
        """An instance that is none of these."""
        without = [{"not": {"const": one}} for one in than]
        found = self.make(schema, within)
        if found not in than:
            return found
        for changed in _neighbours(found, len(than)):
            if changed not in than and valid(changed, {"allOf": [schema, *without]}, self._document):
                return changed
        return self.make({"allOf": [schema, *without]}, within)

    def _object(self, schema: Mapping[str, Any], within: frozenset[str]) -> dict[str, Any]:
        known = schema.get("properties")
        properties = known if isinstance(known, Mapping) else {}
        names = [name for name in schema.get("required") or () if isinstance(name, str)]
        for name, others in (schema.get("dependentRequired") or {}).items():
            names += [other for other in others if name in names]
        made = {name: self.make(properties.get(name, self._further(schema)), within) for name in dict.fromkeys(names)}
        optional = iter([name for name in properties if name not in made])
        for count in range(int(schema.get("minProperties", 0)) - len(made)):
            name = next(optional, f"a{count or ''}")
            made[name] = self.make(properties.get(name, self._further(schema)), within)
        return made

    def _further(self, schema: Mapping[str, Any]) -> Any:
        further = schema.get("additionalProperties", {})
        return {} if further in (True, False) else further


def shown(schema: Mapping[str, Any]) -> Iterator[Any]:
    """The values that a schema shows: its examples, then its default."""
    if isinstance(schema.get("examples"), list):
        yield from schema["examples"]
    if "example" in schema:
        yield schema["example"]
    if schema.get("default") is not None:
        yield schema["default"]


def _constant(value: Any) -> Callable[[], Any]:
    """A copy; raises ValueError for what isn't JSON (a NaN, half of a surrogate pair)."""

    def made() -> Any:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
        return copy.deepcopy(value)

    return made


def _neighbours(value: Any, count: int) -> Iterator[Any]:
    match value:
        case bool():
            yield not value
        case int() | float():
            yield from (value + step for step in (count, -count))
        case str():
            yield value + "a" * count
