"""The requests that a route may be asked with, made from its schema and from what was learned; likely ones first."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from bench.audit import bodies
from bench.audit.instances.instance import NoInstanceError, instance, shown, valid
from bench.audit.learned import Learned
from bench.audit.openapi import Operation, Parameter, convertors_in, filled, names_in
from bench.model.app import FrozenRequest, Route
from bench.text.variables import literal

MADE_UP = bodies.MADE_UP
_SHOWN = 3
"""Examples of one thing that are tried, and ids."""
_CONVERTED: Mapping[str, Any] = {
    "float": {"type": "number"},
    "uuid": {"type": "string", "format": "uuid"},
    "path": {"type": "string"},
}
_NUMBER = {"type": "integer"}
"""Of a parameter that no schema describes: as a text it is one too."""


@dataclass(frozen=True)
class _Way:
    """How values are chosen: the example of this number (None: the smallest instance); ids that were learned, and where
    they are from, before the examples with `ids_first`."""

    example: int | None
    ids: tuple[str, ...] = ()
    ids_from: str = ""
    ids_first: bool = False


def candidates(
    route: Route, operation: Operation | None, learned: Learned, headers: Collection[str] = ()
) -> Iterator[FrozenRequest]:
    """By what the schema shows; with each id that was learned; the smallest. `headers` are sent with every request.

    Raises NoInstanceError where something that is required has no instance at all.
    """
    known = operation or Operation()
    made: list[tuple[Any, ...]] = []
    why = NoInstanceError("")
    for way in _ways(route, known, learned):
        try:
            request = _RequestMaker(route, known, way, headers).made()
        except NoInstanceError as error:
            why = error
            continue
        sent = (request.path, request.headers, request.json_body, request.body)
        if sent not in made:
            made.append(sent)
            yield request
    if not made:
        raise why


def _ways(route: Route, operation: Operation, learned: Learned) -> Iterator[_Way]:
    changes = route.method in ("DELETE", "PUT", "PATCH")
    ids = list(islice(learned.values(route.path, created=changes), _SHOWN))
    first = ids[0] if ids else ((), "")
    counts = [len(_shown(one, operation)) for one in operation.parameters]
    counts += [len(bodies.examples(operation.body, operation.document))] if operation.body else []
    for example in range(min(_SHOWN, max(1, *counts, 1))):
        yield _Way(example, *first)
    for values, source in ids:
        yield _Way(0, values, source, ids_first=True)
    yield _Way(None, *first, ids_first=True)
    yield _Way(None)


@dataclass
class _RequestMaker:
    """One request; `_sources` gathers where its values are from."""

    route: Route
    operation: Operation
    way: _Way
    headers: Collection[str]
    _sources: dict[str, None] = field(default_factory=dict)

    def made(self) -> FrozenRequest:
        """Raises NoInstanceError."""
        names = names_in(self.route.path)
        values = tuple(self._in_path(at, name) for at, name in enumerate(names))
        path = self._path(names, values)
        headers = {name: literal(value) for name, value in self._headers()}
        fields: dict[str, Any] = {}
        if body := self.operation.body:
            content = bodies.body(body, self.operation.document, self.way.example)
            if content is not None:
                self._sources |= {content.source: None}
                headers |= content.headers
                fields |= content.fields
        source = " and ".join(self._sources) or "the path alone"
        return FrozenRequest(path=path, headers=headers, source=source, **fields)

    def _in_path(self, at: int, name: str) -> str:
        parameter = self._described(at, name)
        id_ = self.way.ids[at] if at < len(self.way.ids) else None
        if id_ is not None and (self.way.ids_first or not _shown(parameter, self.operation)):
            self._sources |= {self.way.ids_from: None}
            return id_
        try:
            value = self._value(parameter)
        except NoInstanceError:  # a schema only helps: the route knows what it takes
            value = self._value(self._undescribed(at, name))
        return ",".join(map(_text, value)) if isinstance(value, list) else _text(value)

    def _described(self, at: int, name: str) -> Parameter:
        for one in self.operation.parameters:
            if (one.name, one.place) == (name, "path"):
                return one
        return self._undescribed(at, name)

    def _undescribed(self, at: int, name: str) -> Parameter:
        return Parameter(name, "path", True, _CONVERTED.get(convertors_in(self.route.path)[at], _NUMBER))

    def _path(self, names: Sequence[str], values: Sequence[str]) -> str:
        if empty := [name for name, value in zip(names, values, strict=True) if not value]:
            raise NoInstanceError(f"path parameter {empty[0]} is an empty text")
        query = urlencode(self._query())
        return literal(filled(self.route.path, values)) + (f"?{query}" if query else "")

    def _query(self) -> list[tuple[str, str]]:
        pairs: list[tuple[str, str]] = []
        for one in self._required("query"):
            match self._value(one):
                case list() as several:
                    pairs += [(one.name, _text(value)) for value in several]
                case dict() as fields:
                    pairs += [(name, _text(value)) for name, value in fields.items()]
                case value:
                    pairs.append((one.name, _text(value)))
        return pairs

    def _headers(self) -> Iterator[tuple[str, str]]:
        if self.route.host:
            yield "host", filled(self.route.host, ["a"] * len(names_in(self.route.host)))
        for one in self._required("header"):
            if one.name.lower() not in self.headers:
                yield one.name.lower(), _text(self._value(one))
        cookies = [f"{one.name}={_text(self._value(one))}" for one in self._required("cookie")]
        if cookies and "cookie" not in self.headers:
            yield "cookie", "; ".join(cookies)

    def _required(self, place: str) -> list[Parameter]:
        return [one for one in self.operation.parameters if one.place == place and one.required]

    def _value(self, parameter: Parameter) -> Any:
        found = _shown(parameter, self.operation) if self.way.example is not None else []
        if found and self.way.example is not None:
            self._sources |= {bodies.SHOWN: None}
            return found[min(self.way.example, len(found) - 1)]
        try:
            value = instance(_sendable(parameter.schema), self.operation.document)
        except NoInstanceError as error:
            raise NoInstanceError(f"{parameter.place} parameter {parameter.name}: {error}") from error
        self._sources |= {MADE_UP: None}
        return value


def _shown(parameter: Parameter, operation: Operation) -> list[Any]:
    """The values that a schema shows for a parameter: examples, the default, the members of an enum."""
    try:
        first = instance(_sendable(parameter.schema), operation.document, shown=True)
        smallest = instance(_sendable(parameter.schema), operation.document)
    except NoInstanceError:
        first = smallest = None
    own = [*parameter.examples, *(shown(parameter.schema) if isinstance(parameter.schema, Mapping) else ())]
    found = [one for one in own if one is not None and valid(one, parameter.schema, operation.document)]
    return found or ([first] if first != smallest else [])


def _sendable(schema: Any) -> Any:
    """A parameter can't be sent as null."""
    return {"allOf": [schema, {"not": {"type": "null"}}]}


def _text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case None | dict() | list():
            raise NoInstanceError("a parameter that is an object or null")
    return str(value)
