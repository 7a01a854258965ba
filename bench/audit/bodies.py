"""Bodies as they are sent: JSON, forms, texts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from bench.audit.instances.instance import NoInstanceError, instance, resolved, shown, valid
from bench.audit.openapi import Body
from bench.runner.request_values import each_text
from bench.text.variables import literal

SHOWN, MADE_UP = "examples of the schema", "the smallest valid values"
"""Where values are from."""
_BOUNDARY = "layercake"


@dataclass(frozen=True)
class Content:
    """What a frozen request has of a body: its fields, the headers that name its type, and where it is from."""

    fields: Mapping[str, Any]
    source: str
    headers: Mapping[str, str] = field(default_factory=dict)


def examples(body: Body, document: Mapping[str, Any]) -> list[Any]:
    """Those of its media type, then those of its model; only valid ones."""
    own = [*body.examples, *(shown(body.schema) if isinstance(body.schema, Mapping) else ())]
    return [one for one in own if one is not None and valid(one, body.schema, document)]


def body(found: Body, document: Mapping[str, Any], example: int | None) -> Content | None:
    """The example of this number, or the smallest instance; None where none has to be sent.

    Raises NoInstanceError.
    """
    known = examples(found, document) if example is not None else []
    if known and example is not None:
        return _content(found, document, known[min(example, len(known) - 1)], SHOWN)
    if not found.required:
        return None
    try:
        value = instance(found.schema, document, shown=example is not None)
        smallest = value if example is None else instance(found.schema, document)
    except NoInstanceError as error:
        raise NoInstanceError(f"body: {error}") from error
    source = MADE_UP if value == smallest else SHOWN
    return _content(found, document, value, source)


def _content(found: Body, document: Mapping[str, Any], value: Any, source: str) -> Content:
    kind = found.media_type
    if found.is_json and value is not None:
        named = {} if kind == "application/json" else {"content-type": kind}
        return Content({"json": each_text(value, literal)}, source, named)
    if kind == "application/x-www-form-urlencoded" and isinstance(value, Mapping):
        pairs = [(name, _text(one)) for name, one in _fields(value)]
        return Content({"body": urlencode(pairs)}, source, {"content-type": kind})
    if kind == "multipart/form-data" and isinstance(value, Mapping):
        files = _files(found.schema, document)
        parts = "".join(_part(name, one, name in files) for name, one in _fields(value))
        named = {"content-type": f"{kind}; boundary={_BOUNDARY}"}
        return Content({"body": literal(f"{parts}--{_BOUNDARY}--\r\n")}, source, named)
    return Content({"body": literal(_text(value))}, source, {"content-type": kind})


def _fields(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """A form's fields: one of a list for each of its items."""
    for name, held in value.items():
        yield from ((name, one) for one in (held if isinstance(held, list) else [held]))


def _files(schema: Any, document: Mapping[str, Any]) -> set[str]:
    """The fields that are files, or lists of them."""
    try:
        followed = resolved(schema["$ref"], document) if "$ref" in schema else schema
        return {name for name, one in followed["properties"].items() if _is_file(one) or _is_file(one.get("items", {}))}
    except (NoInstanceError, AttributeError, KeyError, TypeError):
        return set()


def _is_file(schema: Mapping[str, Any]) -> bool:
    return schema.get("format") == "binary" or "contentMediaType" in schema


def _part(name: str, value: Any, is_file: bool) -> str:
    """One part of a multipart body."""
    plain = "".join(one for one in name if one.isprintable() and one not in '"\\')
    called = '; filename="file.txt"\r\ncontent-type: text/plain' if is_file else ""
    return f'--{_BOUNDARY}\r\ncontent-disposition: form-data; name="{plain}"{called}\r\n\r\n{_text(value)}\r\n'


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
