"""What an app's OpenAPI schema says of its operations, as far as it can be read: it may be wrong, and only helps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from typing import Any, Literal, cast, get_args
from urllib.parse import quote, unquote

from bench.audit.instances.instance import NoInstanceError, resolved

Place = Literal["path", "query", "header", "cookie"]
Document = Mapping[str, Any]

_PARAMETER = re.compile(r"\{([^{}:]+)(?::([^{}]*))?\}")
_IN_PATHS = "/:@!$&'()*+,;=~%"
"""Of RFC 3986, and what is quoted already."""
_JSON = re.compile(r"application/(?:[\w.+-]*\+)?json", re.IGNORECASE)
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation. `examples` are those beside its schema, in their order."""

    name: str
    place: Place
    required: bool
    schema: Any
    examples: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Body:
    """The body of an operation, in the media type of it that is easiest to make."""

    media_type: str
    schema: Any
    examples: tuple[Any, ...] = ()
    required: bool = True

    @property
    def is_json(self) -> bool:
        return bool(_JSON.fullmatch(self.media_type.partition(";")[0].strip()))


@dataclass(frozen=True)
class Operation:
    """A method of a path. `login` is how its security wants a token, as words of a command line or "".

    `document` is the schema that references lead into.
    """

    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    login: str = ""
    document: Document = field(default_factory=dict, repr=False)


Operations = dict[tuple[str, str], Operation]
"""By method and path template, without convertors."""


def template(path: str) -> str:
    """`/users/{id:int}` as OpenAPI writes it: `/users/{id}`."""
    return _PARAMETER.sub(r"{\1}", path)


def names_in(path: str) -> list[str]:
    """The parameters of a path template."""
    return [name for name, _ in _PARAMETER.findall(path)]


def convertors_in(path: str) -> list[str]:
    """Their convertors: `int`, or "" for the usual one."""
    return [convertor for _, convertor in _PARAMETER.findall(path)]


def values_in(path_template: str, path: str) -> tuple[str, ...] | None:
    """The values of the parameters of a template in a path that it made; None where it didn't make it."""
    patterns = ["(.+)" if convertor == "path" else "([^/]+)" for convertor in convertors_in(path_template)]
    fixed = map(re.escape, _fixed_parts(path_template))
    matched = re.fullmatch(
        "".join(chain.from_iterable(zip_longest(fixed, patterns, fillvalue=""))), path.partition("?")[0]
    )
    return None if matched is None else tuple(map(unquote, matched.groups()))


def filled(path_template: str, values: Sequence[str]) -> str:
    """The path of a template with these values, quoted as a URL has it."""
    safe = ["/" if convertor == "path" else "" for convertor in convertors_in(path_template)]
    quoted = [quote(value, safe=more) for value, more in zip(values, safe, strict=True)]
    return "".join(chain.from_iterable(zip_longest(_fixed_parts(path_template), quoted, fillvalue="")))


def _fixed_parts(path_template: str) -> list[str]:
    """What stands between the parameters, and around them."""
    ends = [0, *(found.end() for found in _PARAMETER.finditer(path_template))]
    starts = [*(found.start() for found in _PARAMETER.finditer(path_template)), len(path_template)]
    return [quote(path_template[end:start], safe=_IN_PATHS) for end, start in zip(ends, starts, strict=True)]


def is_schema(document: Any) -> bool:
    """Whether an answer is an OpenAPI schema."""
    return isinstance(document, Mapping) and "openapi" in document and isinstance(document.get("paths"), Mapping)


def operations(document: Any, prefix: str = "") -> Operations:
    """Every operation that can be read, below the path that its app is mounted at."""
    if not is_schema(document):
        return {}
    found: Operations = {}
    for path, item in document["paths"].items():
        if not isinstance(item, Mapping):
            continue
        for method, operation in item.items():
            if isinstance(operation, Mapping) and method.isalpha():
                key = (method.upper(), template(f"{prefix}{path}"))
                found[key] = _operation(operation, item.get("parameters"), document)
    return found


def _operation(operation: Mapping[str, Any], shared: Any, document: Document) -> Operation:
    named: dict[tuple[str, str], Parameter] = {}
    for one in (*_listed(shared), *_listed(operation.get("parameters"))):
        if parameter := _parameter(_followed(one, document), document):
            named[parameter.name, parameter.place] = parameter
    return Operation(
        parameters=tuple(named.values()),
        body=_body(_followed(operation.get("requestBody"), document), document),
        login=_login(operation, document),
        document=document,
    )


def _parameter(found: Mapping[str, Any], document: Document) -> Parameter | None:
    name, place = found.get("name"), found.get("in")
    if not isinstance(name, str) or place not in get_args(Place):
        return None
    return Parameter(
        name=name,
        place=cast(Place, place),
        required=found.get("required") is True or place == "path",
        schema=found.get("schema", {}),
        examples=tuple(_examples(found, document)),
    )


def _body(found: Mapping[str, Any], document: Document) -> Body | None:
    content = found.get("content")
    if not isinstance(content, Mapping):
        return None
    bodies = [
        Body(name, media.get("schema", {}), tuple(_examples(media, document)), found.get("required") is True)
        for name, media in content.items()
        if isinstance(media, Mapping)
    ]
    return min(bodies, key=_ease, default=None)


def _ease(body: Body) -> int:
    return 0 if body.is_json else 1 + _FORMS.index(body.media_type) if body.media_type in _FORMS else 3


def _examples(found: Mapping[str, Any], document: Document) -> Iterator[Any]:
    """`examples` by name, each with a value, and the single `example`."""
    examples = found.get("examples")
    for one in examples.values() if isinstance(examples, Mapping) else _listed(examples):
        followed = _followed(one, document)
        if "value" in followed:
            yield followed["value"]
        elif not isinstance(examples, Mapping):
            yield one
    if "example" in found:
        yield found["example"]


def _login(operation: Mapping[str, Any], document: Document) -> str:
    """How the first scheme that an operation asks for is sent."""
    schemes = _mapping(_mapping(document.get("components")).get("securitySchemes"))
    for requirement in _listed(operation.get("security", document.get("security"))):
        for name in _mapping(requirement):
            if words := _sent(_followed(schemes.get(name), document)):
                return words
    return ""


def _sent(scheme: Mapping[str, Any]) -> str:
    name = str(scheme.get("name", ""))
    match scheme.get("type"), str(scheme.get("in") or scheme.get("scheme", "")).lower():
        case "apiKey", "header":
            return f"--header '{name}: ${{API_KEY}}'"
        case "apiKey", "cookie":
            return f"--header 'Cookie: {name}=${{SESSION}}'"
        case "apiKey", "query":
            return f"{name}=${{API_KEY}} in the paths of the requests file"
        case "http", "basic":
            return "--header 'Authorization: Basic ${LOGIN}'"
        case (("http" | "oauth2" | "openIdConnect"), _):
            return "--header 'Authorization: Bearer ${TOKEN}'"
    return ""


def _followed(found: Any, document: Document) -> Mapping[str, Any]:
    """What a reference leads to; nothing where that leads nowhere, or on and on."""
    for _ in range(8):
        if not isinstance(found, Mapping) or "$ref" not in found:
            break
        try:
            found = resolved(found["$ref"], document)
        except NoInstanceError:
            return {}
    return _mapping(found)


def _mapping(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else {}


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []
