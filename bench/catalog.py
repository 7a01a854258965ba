"""Finds targets and scenarios in their folders, and reads what they say about themselves without importing them.

Every complaint is a CatalogError that names the file, the key, and the next step.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TypeVar

from packaging.requirements import InvalidRequirement, Requirement
from pydantic import ValidationError

from bench.model import Case, EffortName, Expect, Noun, Pass, Request, Scenario, Target
from bench.nearest import nearest
from bench.source import CatalogError, Source

__all__ = [
    "CatalogError",
    "cases",
    "expected_json",
    "matching",
    "parent_of",
    "read_scenario",
    "read_scenarios",
    "read_target",
    "read_targets",
    "select",
]

_TARGET_KEYS = ("over", "adds", "requires", "services", "effort", "requests")
_REQUEST_KEYS = ("path", "method", "headers", "body", "json", "json_file", "expect", "only", "over", "effort")
_EXPECT_KEYS = tuple(Expect.model_fields)
_SCENARIO_KEYS = ("cases", "model", "users", "rate", "arrivals", "duration_s", "effort")

_PATH = re.compile(r"[!-~]+")
_METHOD = re.compile(r"[A-Z]+")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t -~]*")
_OWN_HEADERS = ("host", "content-length", "transfer-encoding", "connection")

Read = TypeVar("Read", bound=Noun)


def read_targets(folder: Path) -> dict[str, Target]:
    """The targets of a folder by name, in the order of their tree: each is followed by those that stand over it.

    Raises CatalogError, also for a parent that is missing and for targets that stand over each other in a circle.
    """
    targets = {path.stem: read_target(path) for path in _files(folder, "targets")}
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
    table = _table(path, ("TARGET",), source.literal("TARGET"), _TARGET_KEYS)
    table = _with_effort(path, ("TARGET",), table)
    if "requests" in table:
        requests = _table(path, ("TARGET", "requests"), table["requests"])
        table["requests"] = {name: _request_fields(path, name, request) for name, request in requests.items()}
    bodies = json.dumps([request.get("body_json") for request in table.get("requests", {}).values()], default=repr)
    found = {"name": path.stem, "description": source.description, "source_sha256": source.sha256(bodies)}
    target = _validated(Target, path, "TARGET", _lists_as_tuples(table) | found)
    _check_target(path, target)
    if not source.binds("app"):
        raise CatalogError(f"{path}: no `app`; assign the ASGI app to that name at the top level of the file")
    return target


def read_scenarios(folder: Path) -> dict[str, Scenario]:
    """The scenarios of a folder, by name. Raises CatalogError."""
    return {path.stem: read_scenario(path) for path in _files(folder, "scenarios")}


def read_scenario(path: Path) -> Scenario:
    """One scenario file. Raises CatalogError."""
    source = Source.read(path)
    table = _table(path, ("SCENARIO",), source.literal("SCENARIO"), _SCENARIO_KEYS)
    table = _with_effort(path, ("SCENARIO",), table)
    found = {"name": path.stem, "description": source.description}
    scenario = _validated(Scenario, path, "SCENARIO", _lists_as_tuples(table) | found)
    if scenario.model == "open" and scenario.rate is None:
        raise _wrong(path, ("SCENARIO", "rate"), "missing; say how many requests a second an open load sends")
    if scenario.model == "closed" and (stray := {"rate", "arrivals"} & table.keys()):
        raise _wrong(path, ("SCENARIO", stray.pop()), 'goes with "model": "open"; in a closed load the answers set it')
    return scenario


def cases(targets: Mapping[str, Target]) -> tuple[Case, ...]:
    """Every request of every target, in the order of the targets and then of their requests."""
    return tuple(target.case(request) for target in targets.values() for request in target.requests)


def parent_of(case: Case, among: Iterable[Case]) -> Case | None:
    """The case that this one stands over; None for a root, and where the parent doesn't answer the same request."""
    return next((other for other in among if other.id == case.parent_id), None)


def select(among: Sequence[Case], globs: Iterable[str]) -> tuple[Case, ...]:
    """The cases that match any of the globs, in their own order; all of them if there is no glob.

    A glob is over `target:request`; one without a colon means every request of the targets that match it.
    Raises CatalogError for a glob that matches nothing.
    """
    globs = tuple(globs)
    for glob in globs:
        if not any(_matches(case, glob) for case in among):
            known = [case.id if ":" in glob else case.target for case in among]
            raise CatalogError(f"no case matches {glob!r}; {nearest(glob, known)}; `bench list` shows all")
    return matching(among, globs) if globs else tuple(among)


def matching(among: Iterable[Case], globs: Sequence[str]) -> tuple[Case, ...]:
    """The cases that match any of the globs, in their own order; none if there is no glob, and no complaint."""
    return tuple(case for case in among if any(_matches(case, glob) for glob in globs))


def expected_json(folder: Path, expect: Expect) -> str | None:
    """The JSON text that an answer has to equal as JSON, from the `_expected` folder of a targets folder."""
    return None if expect.json_file is None else _expected_path(folder, expect.json_file).read_text("utf-8")


def _files(folder: Path, noun: str) -> list[Path]:
    """The files of a folder, without the helpers, by name."""
    if not folder.is_dir():
        raise CatalogError(f"{folder}: no such folder; name a folder of {noun}")
    files = sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))
    if not files:
        raise CatalogError(f"{folder}: no {noun} in it; add a file, or name another folder")
    return files


def _lineage(name: str, targets: Mapping[str, Target], folder: Path) -> tuple[str, ...]:
    """The names from the root down to this target."""
    upwards = [name]
    while (over := targets[upwards[-1]].over) is not None:
        at = (folder / f"{upwards[-1]}.py", ("TARGET", "over"))
        if over not in targets:
            raise _wrong(*at, f"no target {over!r}; {nearest(over, targets)}")
        if over in upwards:
            circle = " → ".join([*upwards[upwards.index(over) :], over])
            raise _wrong(*at, f"a circle, {circle}; let one of them stand over None or another target")
        upwards.append(over)
    return tuple(reversed(upwards))


def _check_parents_requests(folder: Path, target: Target, targets: Mapping[str, Target]) -> None:
    """A request that says what it stands over needs a parent that answers that."""
    answered = targets[target.over].requests if target.over else {}
    for name, request in target.requests.items():
        if request.over is not None and request.over not in answered:
            at = (folder / f"{target.name}.py", ("TARGET", "requests", name, "over"))
            raise _wrong(*at, f"{target.over} has no request {request.over!r}; {nearest(request.over, answered)}")


def _table(path: Path, at: tuple[str, ...], value: object, allowed: Sequence[str] | None = None) -> dict[str, Any]:
    """A copy of `value`, which has to be a dict with no other keys than those allowed (None: any name)."""
    if not isinstance(value, dict):
        raise _wrong(path, at, f"a dict is needed here, not {value!r}")
    for key in value:
        if not isinstance(key, str) or (allowed is None and not key.isidentifier()):
            raise _wrong(path, (*at, key), "a name is needed here: letters, digits and _")
        if allowed is not None and key not in allowed:
            raise _wrong(path, (*at, key), f"unknown key; {nearest(key, allowed)}; allowed are {', '.join(allowed)}")
    return dict(value)


def _request_fields(path: Path, name: str, value: object) -> dict[str, Any]:
    """A request as its file has it -> the fields of the model, not yet checked."""
    at = ("TARGET", "requests", name)
    fields = _with_effort(path, at, _table(path, at, value, _REQUEST_KEYS))
    bodies = [key for key in ("body", "json", "json_file") if key in fields]
    if len(bodies) > 1:
        raise _wrong(path, (*at, bodies[1]), f"{' and '.join(bodies)} are given; keep the one that is to be sent")
    if "json" in fields:
        fields["body_json"] = fields.pop("json")
    if "json_file" in fields:
        fields["body_json"] = _body_of(path, (*at, "json_file"), fields.pop("json_file"))
    if "expect" in fields:
        fields["expect"] = _table(path, (*at, "expect"), fields["expect"], _EXPECT_KEYS)
    if "only" in fields:
        fields["only"] = _passes(path, (*at, "only"), fields["only"])
    return fields


def _with_effort(path: Path, at: tuple[str, ...], table: dict[str, Any]) -> dict[str, Any]:
    """A table whose effort, if it names one, is no longer a word."""
    if "effort" not in table:
        return table
    if (name := table["effort"]) not in tuple(EffortName):
        raise _wrong(path, (*at, "effort"), f"no effort {name!r}; {nearest(str(name), EffortName)}")
    return table | {"effort": EffortName(name)}


def _passes(path: Path, at: tuple[str, ...], value: object) -> tuple[Pass, ...]:
    if not isinstance(value, list) or not value:
        raise _wrong(path, at, f"a list of passes is needed here, not {value!r}; leave it out for the usual ones")
    for name in value:
        if name not in tuple(Pass):
            raise _wrong(path, at, f"no pass {name!r}; {nearest(str(name), Pass)}")
    return tuple(Pass(name) for name in value)


def _lists_as_tuples(table: Mapping[str, Any]) -> dict[str, Any]:
    """Files write lists where the model holds tuples."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def _validated(model: type[Read], path: Path, literal: str, fields: Mapping[str, Any]) -> Read:
    try:
        return model.model_validate(fields, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        at = (literal, *first["loc"])
        if first["type"] == "missing":
            raise _wrong(path, at, "missing; add this key") from error
        raise _wrong(path, at, f"{first['msg']}, not {first['input']!r}") from error


def _check_target(path: Path, target: Target) -> None:
    """What the types alone don't say."""
    for text in target.requires:
        try:
            Requirement(text)
        except InvalidRequirement as error:
            problem = f'{text!r} is no requirement; write it as "fastapi>=0.100"'
            raise _wrong(path, ("TARGET", "requires"), problem) from error
    if not target.requests:
        raise _wrong(path, ("TARGET", "requests"), 'no request; add one, such as "one": {"path": "/"}')
    for name, request in target.requests.items():
        _check_request(path, ("TARGET", "requests", name), request)


def _check_request(path: Path, at: tuple[str, ...], request: Request) -> None:
    if not request.path.startswith("/"):
        raise _wrong(path, (*at, "path"), f'{request.path!r} must start with "/"')
    if not _PATH.fullmatch(request.path):
        raise _wrong(path, (*at, "path"), f"{request.path!r} has characters that a URL can't; write them as %XX")
    if request.method == "HEAD" or not _METHOD.fullmatch(request.method):
        raise _wrong(path, (*at, "method"), f"{request.method!r} can't be sent; write a method in capitals, not HEAD")
    for name, value in request.headers.items():
        if name.lower() in _OWN_HEADERS or not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
            raise _wrong(path, (*at, "headers", name), "can't be sent; host and length are set, the rest is ASCII")
    try:
        json.dumps(request.body_json)
    except TypeError as error:
        raise _wrong(path, (*at, "json"), f"{error}; write what JSON has") from error
    if request.expect.json_file is not None:
        expected = _expected_path(path.parent, request.expect.json_file)
        try:
            json.loads(expected.read_bytes())
        except (OSError, ValueError) as error:
            problem = f"{expected} is missing or isn't JSON; write the expected answer into it"
            raise _wrong(path, (*at, "expect", "json_file"), problem) from error


def _body_of(path: Path, at: tuple[str, ...], name: object) -> Any:
    """A body too long to stand in a target file, from the `_requests` folder beside it."""
    file = path.parent / "_requests" / f"{name}.json"
    try:
        return json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise _wrong(path, at, f"{file} is missing or isn't JSON; write the body into it") from error


def _expected_path(folder: Path, name: str) -> Path:
    return folder / "_expected" / f"{name}.json"


def _wrong(path: Path, at: Sequence[object], problem: str) -> CatalogError:
    literal, *keys = at
    return CatalogError(f"{path}: {literal}{''.join(f'[{key!r}]' for key in keys)}: {problem}")


def _matches(case: Case, glob: str) -> bool:
    return fnmatchcase(case.id, glob if ":" in glob else f"{glob}:*")
