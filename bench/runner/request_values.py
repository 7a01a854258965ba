"""The values of `${NAME}` in a request, put in when a request is sent to an agent: they are never stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from bench.model.workload import Request
from bench.text.variables import expanded, names


def with_values(request: Request, values: Mapping[str, str]) -> Request:
    """The request as it is asked. In a path a value is quoted. Raises VariableError."""

    def plain(text: str) -> str:
        return expanded(text, values)

    return request.model_copy(
        update={
            "path": expanded(request.path, values, lambda value: quote(value, safe="")),
            "headers": {name: plain(value) for name, value in request.headers.items()},
            "body": None if request.body is None else plain(request.body),
            "body_json": each_text(request.body_json, plain),
        }
    )


def variables(request: Request) -> list[str]:
    """The names of the variables that a request needs, each once."""
    texts = (request.path, *request.headers.values(), request.body or "", *texts_of(request.body_json))
    return list(dict.fromkeys(name for text in texts for name in names(text)))


def each_text(value: Any, change: Callable[[str], str]) -> Any:
    """A JSON value with each of its texts changed; keys stay."""
    match value:
        case str():
            return change(value)
        case list():
            return [each_text(held, change) for held in value]
        case dict():
            return {name: each_text(held, change) for name, held in value.items()}
    return value


def texts_of(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    match value:
        case str():
            yield value
        case list():
            for held in value:
                yield from texts_of(held)
        case dict():
            yield from texts_of(list(value.values()))
