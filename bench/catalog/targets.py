"""Finds target files and reads what they say about themselves, without importing them.

Every complaint is a CatalogError that names the file, the key, and the next step.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from bench.catalog.fields import (
    checked_table,
    lists_as_tuples,
    passes_of,
    python_files,
    validated,
    varies_of,
    with_effort,
    wrong,
)
from bench.catalog.source import CatalogError, Source
from bench.model.workload import OVER_HTTP, Expect, Pass, Request, Target
from bench.text.suggest import nearest

_TARGET_KEYS = ("over", "adds", "requires", "services", "effort", "requests")
_REQUEST_KEYS = (
    *("path", "method", "headers", "body", "json", "json_file", "expect", "only", "over", "effort", "varies"),
    *("messages", "leaves_after", "then"),
)
_EXPECT_KEYS = tuple(Expect.model_fields)

_PATH = re.compile(r"[!-~]+")
_METHOD = re.compile(r"[A-Z]+")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t -~]*")
_OWN_HEADERS = ("host", "content-length", "transfer-encoding", "connection")


def read_targets(folder: Path) -> dict[str, Target]:
    """The targets of a folder by name, in the order of their tree: each is followed by those that stand over it.

    Raises CatalogError, also for a parent that is missing and for targets that stand over each other in a circle.
    """
    targets = {path.stem: read_target(path) for path in python_files(folder, "targets")}
    lineages = {name: _lineage(name, targets, folder) for name in targets}
    for target in targets.values():
        _check_parents_requests(folder, target, targets)

    def place(name: str) -> tuple[bool, tuple[str, ...]]:
        """Trees in the order of their names, those that nothing is measured of behind the others."""
        root = targets[lineages[name][0]]
        return all(request.only == (Pass.FACTS,) for request in root.requests.values()), lineages[name]

    return {name: targets[name] for name in sorted(targets, key=place)}


def read_target(path: Path) -> Target:
    """One target file; whether its parent exists is for `read_targets` to say. Raises CatalogError."""
    source = Source.read(path)
    table = checked_table(path, ("TARGET",), source.literal("TARGET"), _TARGET_KEYS)
    table = with_effort(path, ("TARGET",), table)
    if "requests" in table:
        requests = checked_table(path, ("TARGET", "requests"), table["requests"])
        table["requests"] = {name: _request_fields(path, name, request) for name, request in requests.items()}
    bodies = json.dumps([request.get("body_json") for request in table.get("requests", {}).values()], default=repr)
    found = {"name": path.stem, "description": source.description, "source_sha256": source.sha256(bodies)}
    target = validated(Target, path, "TARGET", lists_as_tuples(table) | found)
    _check_target(path, target)
    if not source.binds("app"):
        raise CatalogError(f"{path}: no `app`; assign the ASGI app to that name at the top level of the file")
    return target


def expected_json(folder: Path, expect: Expect) -> str | None:
    """The JSON text that an answer has to equal as JSON, from the `_expected` folder of a targets folder."""
    return None if expect.json_file is None else _expected_path(folder, expect.json_file).read_text("utf-8")


def _lineage(name: str, targets: Mapping[str, Target], folder: Path) -> tuple[str, ...]:
    """The names from the root down to this target."""
    upwards = [name]
    while (over := targets[upwards[-1]].over) is not None:
        at = (folder / f"{upwards[-1]}.py", ("TARGET", "over"))
        if over not in targets:
            raise wrong(*at, f"no target {over!r}; {nearest(over, targets)}")
        if over in upwards:
            circle = " → ".join([*upwards[upwards.index(over) :], over])
            raise wrong(*at, f"circular parents: {circle}; change the parent of one of them")
        upwards.append(over)
    return tuple(reversed(upwards))


def _check_parents_requests(folder: Path, target: Target, targets: Mapping[str, Target]) -> None:
    """A request that says what it stands over needs a parent that answers that."""
    answered = targets[target.over].requests if target.over else {}
    for name, request in target.requests.items():
        if request.over is not None and request.over not in answered:
            at = (folder / f"{target.name}.py", ("TARGET", "requests", name, "over"))
            raise wrong(*at, f"{target.over} has no request {request.over!r}; {nearest(request.over, answered)}")


def _request_fields(path: Path, name: str, value: object) -> dict[str, Any]:
    """A request as its file has it -> the fields of the model, not yet checked."""
    at = ("TARGET", "requests", name)
    fields = with_effort(path, at, checked_table(path, at, value, _REQUEST_KEYS))
    bodies = [key for key in ("body", "json", "json_file") if key in fields]
    if len(bodies) > 1:
        raise wrong(path, (*at, bodies[1]), f"{' and '.join(bodies)} are both given; keep only one")
    if "json" in fields:
        fields["body_json"] = fields.pop("json")
    if "json_file" in fields:
        fields["body_json"] = _body_of(path, (*at, "json_file"), fields.pop("json_file"))
    if "expect" in fields:
        fields["expect"] = checked_table(path, (*at, "expect"), fields["expect"], _EXPECT_KEYS)
    if "only" in fields:
        fields["only"] = passes_of(path, (*at, "only"), fields["only"])
    if "varies" in fields:
        fields["varies"] = varies_of(path, (*at, "varies"), fields["varies"])
    return fields


def _check_target(path: Path, target: Target) -> None:
    """What the types alone don't say."""
    for text in target.requires:
        try:
            Requirement(text)
        except InvalidRequirement as error:
            problem = f'{text!r} is not a valid requirement; write e.g. "fastapi>=0.100"'
            raise wrong(path, ("TARGET", "requires"), problem) from error
    if not target.requests:
        raise wrong(path, ("TARGET", "requests"), 'no request; add one, e.g. "one": {"path": "/"}')
    for name, request in target.requests.items():
        _check_request(path, ("TARGET", "requests", name), request)


def _check_request(path: Path, at: tuple[str, ...], request: Request) -> None:
    if not request.path.startswith("/"):
        raise wrong(path, (*at, "path"), f'{request.path!r} must start with "/"')
    if not _PATH.fullmatch(request.path):
        raise wrong(path, (*at, "path"), f"{request.path!r} has characters not allowed in a URL; write them as %XX")
    if request.method == "HEAD" or not _METHOD.fullmatch(request.method):
        raise wrong(path, (*at, "method"), f"{request.method!r} isn't supported; use another upper-case method")
    for name, value in request.headers.items():
        if name.lower() in _OWN_HEADERS or not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
            raise wrong(path, (*at, "headers", name), "can't be sent; bench sets host and length; use ASCII")
    _check_websocket(path, at, request)
    _check_leaving(path, at, request)
    try:
        json.dumps(request.body_json)
    except TypeError as error:
        raise wrong(path, (*at, "json"), f"{error}; use only JSON types") from error
    if request.expect.json_file is not None:
        expected = _expected_path(path.parent, request.expect.json_file)
        try:
            json.loads(expected.read_bytes())
        except (OSError, ValueError) as error:
            problem = f"{expected} is missing or not JSON; write the expected response to it"
            raise wrong(path, (*at, "expect", "json_file"), problem) from error


def _check_websocket(path: Path, at: tuple[str, ...], request: Request) -> None:
    if request.messages is None:
        return
    if request.body_json is not None or request.method != "GET":
        raise wrong(path, (*at, "messages"), "a WebSocket has no method and no json; write its message as body")
    if over_http := [str(one) for one in request.only if one in OVER_HTTP]:
        raise wrong(path, (*at, "only"), f"a WebSocket can't be measured in {', '.join(over_http)}; remove it")


def _check_leaving(path: Path, at: tuple[str, ...], request: Request) -> None:
    if (request.leaves_after is None) != (request.then is None):
        raise wrong(path, (*at, "leaves_after"), "leaves_after and then belong together; give both")
    if request.leaves_after is not None and request.only != (Pass.FACTS,):
        raise wrong(path, (*at, "leaves_after"), 'is for facts; add "only": ["facts"]')
    if request.then is not None and not (request.then.startswith("/") and _PATH.fullmatch(request.then)):
        raise wrong(path, (*at, "then"), f'{request.then!r} must be a path that starts with "/"')


def _body_of(path: Path, at: tuple[str, ...], name: object) -> Any:
    """A body too long to stand in a target file, from the `_requests` folder beside it."""
    file = path.parent / "_requests" / f"{name}.json"
    try:
        return json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise wrong(path, at, f"{file} is missing or not JSON; write the body to it") from error


def _expected_path(folder: Path, name: str) -> Path:
    return folder / "_expected" / f"{name}.json"
