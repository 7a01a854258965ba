"""`layercake.json` beside an app: its requests, generated once, edited by hand, committed."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bench.model.app import AppDescription, FrozenRequest, RequestsFile, RouteRequests
from bench.model.app_options import AppOptions
from bench.model.errors import UsageError
from bench.serving import headers
from bench.store.files import StoreError, write_atomically
from bench.text import margins
from bench.text.secrets import named

NAME = "layercake.json"
_METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")


def beside(app_dir: Path) -> Path:
    """Where the requests of an app in this folder lie, unless a command says otherwise."""
    return app_dir / NAME


def of(app: AppOptions) -> Path:
    """Where the requests of an app lie, as a command says it."""
    return app.requests or beside(app.app_dir)


def command(app: AppOptions) -> str:
    """What writes the requests file of an app, as it is typed."""
    named = ("--requests", str(app.requests)) if app.requests else ()
    return shlex.join(("bench", "requests", app.spec, *named))


def of_app(file: Path, spec: str) -> RequestsFile:
    """The file of this app. Raises StoreError, and UsageError for another app's."""
    found = load(file)
    if found.app != spec:
        step = "name another file with --requests, or change `app` in this one"
        raise UsageError(f"{file}: app: has the requests of {found.app!r}, not of {spec!r}; {step}")
    return found


def load(file: Path) -> RequestsFile:
    """Raises StoreError, which names the file, the key and the step."""
    try:
        found = json.loads(file.read_bytes(), parse_constant=_no_number)
    except FileNotFoundError as error:
        option = "" if file.name == NAME else f" --requests {shlex.quote(str(file))}"
        raise StoreError(f"{file}: no such file; write it with `bench requests MODULE:ATTR{option}`") from error
    except OSError as error:
        raise StoreError(f"{file}: can't be read ({error.strerror})") from error
    except json.JSONDecodeError as error:
        raise StoreError(f"{file}:{error.lineno}: isn't JSON ({error.msg}); correct that line") from error
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{file}: isn't JSON ({error}); correct it") from error
    if isinstance(found, dict) and found.get("version", 1) != 1:
        raise StoreError(f"{file}: version {found['version']!r} isn't known here; use a newer layercake")
    try:
        read = RequestsFile.model_validate(found)
    except ValidationError as error:
        first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")  # a misspelt key is missing too
        raise StoreError(f"{file}: {_key(first['loc'])}: {_said(first)}; {_STEP}") from error
    for key, problem in _problems(read):
        raise StoreError(f"{file}: {key}: {problem}")
    return read


def save(file: Path, requests: RequestsFile) -> None:
    """Whole or not at all, routes in the order of their paths. Raises StoreError."""
    write_atomically(file, text(requests))


def text(requests: RequestsFile) -> str:
    """As it is written: what says nothing is left out, but a request always says what it expects."""
    written: dict[str, Any] = {"version": requests.version, "app": requests.app}
    if requests.headers:
        written["headers"] = requests.headers
    written["routes"] = {route: _route(requests.routes[route]) for route in sorted(requests.routes, key=_order)}
    return json.dumps(written, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def without_secrets(requests: RequestsFile) -> RequestsFile:
    """The same with `${NAME}` for the values of variables, which ids in answers may hold."""
    return RequestsFile.model_validate_json(named(requests.model_dump_json(by_alias=True)))


def schema() -> str:
    """Its JSON Schema, for those who edit it: what has a default may be left out."""
    found = RequestsFile.model_json_schema()
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    found["title"] = f"The requests of an app, {NAME}, version 1"
    return json.dumps(found, indent=1, sort_keys=True) + "\n"


def without_gate(requests: RequestsFile) -> RequestsFile:
    """The same without what only comparisons read: it makes no request another one."""
    routes = {
        route: held.model_copy(update={"margin": None, "ignore": False}) for route, held in requests.routes.items()
    }
    return requests.model_copy(update={"routes": routes})


def gone(requests: RequestsFile, description: AppDescription) -> tuple[str, ...]:
    """The routes of a file that the app has no more."""
    there = {route.id for route in description.routes}
    return tuple(route for route in requests.routes if route not in there)


def _route(route: RouteRequests) -> dict[str, Any]:
    written = route.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if route.requests:
        written["requests"] = [_request(one) for one in route.requests]
    return written


def _request(request: FrozenRequest) -> dict[str, Any]:
    fields = request.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    expect = {"status": request.expect.status} | fields.pop("expect", {})
    source = {"source": fields.pop("source", request.source)}
    return {"path": request.path} | fields | {"expect": expect} | source


def _order(route: str) -> tuple[str, int, str]:
    method, _, path = route.partition(" ")
    return path, _METHODS.index(method) if method in _METHODS else len(_METHODS), route


_ROUTE = re.compile(r"[A-Z][A-Z-]* \S.*")
_STEP = "correct it, or remove the entry and write it anew with `bench requests`"


def _key(location: tuple[int | str, ...]) -> str:
    """`routes."GET /users".requests[0].path`."""
    steps = [f"[{one}]" if isinstance(one, int) else f'."{one}"' if " " in one else f".{one}" for one in location]
    return "".join(steps).removeprefix(".") or "the file"


# What Pydantic calls by the names of Python, in the terms of JSON.
_TERMS = {
    "extra_forbidden": "unknown key",
    "missing": "this key is missing",
    "model_type": "must be an object",
    "dict_type": "must be an object",
    "tuple_type": "must be a list",
    "string_type": "must be a string",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
}


def _said(first: Mapping[str, Any]) -> str:
    if first["loc"][:1] == ("routes",) and first["loc"][2:] == ("margin",):
        return margins.SYNTAX
    if term := _TERMS.get(first["type"]):
        return term
    return str(first["msg"])[0].lower() + str(first["msg"])[1:]


def _problems(read: RequestsFile) -> Iterator[tuple[str, str]]:
    """What can't be asked, by its key: what the types alone don't say."""
    yield from _bad_headers("headers", read.headers)
    for route, held in read.routes.items():
        if not _ROUTE.fullmatch(route):
            yield f'routes."{route}"', 'write the method and the path of a route, e.g. "GET /users"'
        if held.margin is not None and margins.share(held.margin) is None:
            yield f'routes."{route}".margin', margins.SYNTAX
        for at, request in enumerate(held.requests):
            key = f'routes."{route}".requests[{at}]'
            yield from _bad_headers(f"{key}.headers", request.headers)
            if not request.path.startswith("/") or not request.path.isprintable() or " " in request.path:
                yield f"{key}.path", f'{request.path!r} must start with "/" and have no spaces; write them as %20'
            if request.json_body is not None and request.body is not None:
                yield f"{key}.body", "json and body are both given; keep only one"
            if request.expect.json_file is not None:
                yield f"{key}.expect.json_file", "only a target's file can name one; use status, text or rows"


def _bad_headers(key: str, found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in found.items():
        try:
            headers.parse(f"{name.replace(':', ' ')}: {value}")
        except ValueError as error:
            yield f"{key}.{name}", str(error)


def _no_number(constant: str) -> float:
    raise ValueError(f"{constant} is not a JSON number")
