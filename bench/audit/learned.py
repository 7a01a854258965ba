"""Ids that an app's own answers hold: `GET /users` says which `{id}` there is for `GET /users/{id}`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench.audit.bodies import MADE_UP
from bench.audit.openapi import template
from bench.model.app import Route

_PARAMETER = re.compile(r"\{([^{}]*)\}")
_IDS = ("id", "uuid", "guid", "pk", "key", "slug", "code", "name", "username", "title")
_LISTS = ("items", "data", "results", "records", "rows", "entries", "values", "features")
_AN_ID_OF = "an id of"
_TRIED = 2
"""Items of a list: the first may be an exception."""
_LONGEST = 200


@dataclass(frozen=True)
class Seen:
    """A right answer of a route: its path without the names of its parameters, and their values in the request, which
    were perhaps made up."""

    route: str
    shape: str
    values: tuple[str, ...]
    document: Any
    created: bool = False
    made_up: bool = False

    @property
    def answer(self) -> str:
        """Where an id of its answer is from."""
        return f"{_AN_ID_OF} {self.route}"


class Learned:
    """What was seen so far."""

    def __init__(self) -> None:
        self._seen: list[Seen] = []

    def saw(self, route: Route, values: tuple[str, ...], document: Any, source: str = "") -> None:
        """A right answer of a route that was asked with these values in its path; `source` is where those are from, in
        words."""
        shape, created = _shape(template(route.path)), route.method == "POST"
        made_up = MADE_UP in source and _AN_ID_OF not in source
        self._seen.append(Seen(route.id, shape, values, document, created=created, made_up=made_up))

    def linked(self, route: Route, values: tuple[str, ...], of: str) -> None:
        """A link to a route that an answer of another one has, with these values in its path."""
        self._seen.append(Seen(of, _shape(template(route.path)), values, None))

    def values(self, path: str, *, created: bool = False) -> Iterator[tuple[tuple[str, ...], str]]:
        """Values for the parameters of a path template from its first one on, and where they are from, in words.

        Of several parameters the last ones may remain unknown. What was created comes last, since it may have another
        id in the next process, or first: nobody else minds when it is deleted.
        """
        self._seen.sort(key=lambda seen: seen.created is not created)
        found: dict[tuple[str, ...], str] = {}
        for prefix, name in reversed(list(_parameters(template(path)))):
            for values, source in self._of(prefix, name):
                found.setdefault(values, source)
            if found:
                break
        yield from found.items()

    def _of(self, prefix: str, name: str) -> Iterator[tuple[tuple[str, ...], str]]:
        """For the path up to and with one parameter: as it, or something below, was asked already; by a list before it,
        or below that; by anything else that has a key of this very name."""
        shape = _shape(prefix)
        count = shape.count("{}")
        for one in self._seen:
            if f"{one.shape}/".startswith(f"{shape}/{{}}/"):
                yield one.values[: count + 1], MADE_UP if one.made_up else one.answer
        below = [one for one in self._seen if one.shape.startswith(f"{shape}/") and "{" not in one.shape[len(shape) :]]
        for one in (*(one for one in self._seen if one.shape == shape), *below):
            yield from (((*one.values[:count], value), one.answer) for value in ids(one.document, name))
        if not count and _plain(name) not in _IDS and _plain(name).endswith(_IDS):
            for one in self._seen:
                yield from (((value,), one.answer) for value in ids(one.document, name, only_by_name=True))


def ids(document: Any, name: str, *, only_by_name: bool = False) -> Iterator[str]:
    """The ids that an answer holds for a parameter of this name."""
    keys = [_plain(name)] if only_by_name else [_plain(name), *_likely(name)]
    for item in _items(document):
        match item:
            case dict():
                by_key = {_plain(key): value for key, value in reversed(item.items())}
                found = [text for key in keys if (text := _id(by_key.get(key)))]
                yield from found[:1]
            case _ if not only_by_name and (text := _id(item)):
                yield text


def _items(document: Any) -> list[Any]:
    """The first items of an answer's list, wherever it is; an answer that is an object is one itself."""
    match document:
        case list():
            return document[:_TRIED]
        case dict():
            lists = {key: held for key, held in document.items() if isinstance(held, list) and held}
            for key in (*(key for key in _LISTS if key in lists), *lists):
                if not any(_plain(name) in _IDS for name in document):
                    return list(lists[key][:_TRIED])
            if document and all(isinstance(held, dict) for held in document.values()) and not lists:
                return [key for key in document if isinstance(key, str)][:_TRIED]
            return [document]
    return []


def _likely(name: str) -> Iterator[str]:
    """`user_id` is `id` of a user; an `id` may be called by what it is of."""
    plain = _plain(name)
    ending = next((one for one in _IDS if plain.endswith(one)), None)
    yield from ([ending] if ending else [])
    yield from _IDS


def _id(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value)
    return text if 0 < len(text) <= _LONGEST and text.isprintable() else None


def _parameters(path: str) -> Iterator[tuple[str, str]]:
    """The path before each of its parameters, and the parameter's name."""
    for found in _PARAMETER.finditer(path):
        yield path[: found.start()].rstrip("/"), found[1]


def _shape(path: str) -> str:
    return _PARAMETER.sub("{}", path).rstrip("/")


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()
