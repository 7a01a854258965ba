"""The OpenAPI schema of an app and of those that are mounted in it: a help to make requests, never the list of routes.

It is made by the app's own code, which may fail, not end, or give anything. Routes that are hidden from it, or for
which it fails, are described by what FastAPI knows of their parameters.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bench.agent.introspection.joined_schemas import Schema, joined, operations, template
from bench.agent.introspection.libraries import imported
from bench.agent.introspection.names import attribute, text

_PATIENCE_S = 60.0
_MOST_BYTES = 64_000_000
_DEEPEST = 200
_HIDDEN = "hidden."


class SchemaError(Exception):
    """A schema that can't be used, with the reason in one line."""


@dataclass
class FoundApplication:
    """An application, the path that it is mounted below, and its routes of FastAPI with their paths in it."""

    path: str
    app: Any
    api_routes: list[tuple[str, Any]] = field(default_factory=list)


def schema(applications: Iterable[FoundApplication]) -> tuple[Schema | None, str | None]:
    """One schema of all applications, and what was wrong. They share the time that it may take."""
    deadline_s = time.monotonic() + _PATIENCE_S
    whole: Schema = {}
    wrong: list[str] = []
    for one in applications:
        own: Schema = {}
        if callable(attribute(one.app, "openapi")):
            try:
                own = _checked(_within(deadline_s, one.app.openapi))
            except SchemaError as error:
                wrong.append(f"{one.path}: {error}" if one.path else str(error))
        own = _completed(own, one, deadline_s)
        prefix = one.path.strip("/").replace("/", ".")
        if own:
            whole = joined(whole, own, one.path, f"{prefix}.") if whole or prefix else own
    return whole or None, "; ".join(wrong) or None


def _completed(own: Schema, application: FoundApplication, deadline_s: float) -> Schema:
    """The schema with the routes that it lacks, as far as they can be described."""
    known = operations(own)
    lacking = [
        (path, route)
        for path, route in application.api_routes
        if any((method, template(path)) not in known for method in attribute(route, "methods") or ())
    ]
    try:
        described = _within(deadline_s, lambda: _described(lacking)) if lacking else []
    except SchemaError:
        return own
    for number, one in enumerate(described):
        own = joined(own, one, "", _HIDDEN if len(described) == 1 else f"{_HIDDEN}{number}.")
    return own


def _described(routes: list[tuple[str, Any]]) -> list[Schema]:
    """What FastAPI says of routes; if that fails, of each for which it doesn't."""
    together = _of_routes(routes)
    return [together] if together else [one for route in routes if (one := _of_routes([route]))]


def _of_routes(routes: list[tuple[str, Any]]) -> Schema | None:
    """As if they were shown, and took what they take but gave nothing; None where a model has no schema."""
    get_openapi = imported("fastapi.openapi.utils:get_openapi")
    try:
        return _checked(get_openapi(title="", version="", routes=list(_shown(routes))))
    except (Exception, SystemExit):  # noqa: BLE001  whatever stands in the way of it
        return None


def _shown(routes: list[tuple[str, Any]]) -> Iterator[Any]:
    made_by = imported("fastapi.routing:APIRoute")
    for path, route in routes:
        methods, dependencies = list(route.methods), list(route.dependencies)
        yield made_by(path, route.endpoint, methods=methods, dependencies=dependencies, response_model=None)


def _within(deadline_s: float, ask: Callable[[], Any]) -> Any:
    """What a function of the app gives: in a thread, so that one that doesn't end is left behind."""
    done: list[Any] = []
    failed: list[str] = []

    def asked() -> None:
        try:
            done.append(ask())
        except BaseException as error:  # noqa: BLE001  it is the app's
            failed.append(_said(error))

    asking = threading.Thread(target=asked, daemon=True)
    asking.start()
    asking.join(max(0.0, deadline_s - time.monotonic()))
    if failed:
        raise SchemaError(failed[0])
    if not done:
        raise SchemaError(f"openapi() did not end within {_PATIENCE_S:g} s")
    return done[0]


def _checked(made: Any) -> Schema:
    """As JSON has it, not too long and not too deep for whoever reads it."""
    if not isinstance(made, dict):
        raise SchemaError(f"openapi() gave no dict but {text(type(made).__name__)}")
    try:
        written = json.dumps(made)
    except Exception as error:  # noqa: BLE001  its keys and values can be anything
        raise SchemaError(_said(error)) from None
    if len(written) > _MOST_BYTES:
        raise SchemaError(f"the schema is longer than {_MOST_BYTES / 1e6:g} MB")
    found: Schema = json.loads(written)
    level: list[Any] = [found]
    for _ in range(_DEEPEST):
        level = [below for one in level for below in _below(one)]
        if not level:
            return found
    raise SchemaError(f"the schema is nested more than {_DEEPEST} deep")


def _below(one: Any) -> Iterable[Any]:
    if isinstance(one, dict):
        return one.values()
    return one if isinstance(one, list) else ()


def _said(error: BaseException) -> str:
    try:
        first = str(error).strip().partition("\n")[0]
    except BaseException:  # noqa: BLE001  an error whose words fail too
        first = ""
    return text(f"{type(error).__name__}: {first}".rstrip(": "))
