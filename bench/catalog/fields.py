"""Checks the fields of a literal dict from a target or scenario file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from bench.answers.json_path import steps
from bench.catalog.source import CatalogError
from bench.model.base import Record
from bench.model.workload import EffortName, Pass
from bench.text.suggest import nearest

Read = TypeVar("Read", bound=Record)


def python_files(folder: Path, noun: str) -> list[Path]:
    """The files of a folder, without the helpers, by name."""
    if not folder.is_dir():
        raise CatalogError(f"{folder}: no such folder; name a folder of {noun}")
    files = sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))
    if not files:
        raise CatalogError(f"{folder}: contains no {noun}; add a file or use another folder")
    return files


def checked_table(
    path: Path, at: tuple[str, ...], value: object, allowed: Sequence[str] | None = None
) -> dict[str, Any]:
    """A copy of `value`, which has to be a dict with no other keys than those allowed (None: any name)."""
    if not isinstance(value, dict):
        raise wrong(path, at, f"must be a dict, not {value!r}")
    for key in value:
        if not isinstance(key, str) or (allowed is None and not key.isidentifier()):
            raise wrong(path, (*at, key), "must be a name: letters, digits and _")
        if allowed is not None and key not in allowed:
            raise wrong(path, (*at, key), f"unknown key; {nearest(key, allowed)}; allowed are {', '.join(allowed)}")
    return dict(value)


def with_effort(path: Path, at: tuple[str, ...], table: dict[str, Any]) -> dict[str, Any]:
    """A table whose effort, if it names one, is no longer a word."""
    if "effort" not in table:
        return table
    if (name := table["effort"]) not in tuple(EffortName):
        raise wrong(path, (*at, "effort"), f"no effort {name!r}; {nearest(str(name), EffortName)}")
    return table | {"effort": EffortName(name)}


def passes_of(path: Path, at: tuple[str, ...], value: object) -> tuple[Pass, ...]:
    if not isinstance(value, list) or not value:
        raise wrong(path, at, f"must be a list of passes, not {value!r}; without it, the default passes run")
    for name in value:
        if name not in tuple(Pass):
            raise wrong(path, at, f"no pass {name!r}; {nearest(str(name), Pass)}")
    return tuple(Pass(name) for name in value)


def varies_of(path: Path, at: tuple[str, ...], value: object) -> bool | tuple[str, ...]:
    """What a request declares of its answers: that they vary, or the JSON paths at which they do."""
    if isinstance(value, bool):
        return value
    if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
        raise wrong(path, at, f"must be True or a list of JSON paths such as '$.id', not {value!r}")
    for one in value:
        try:
            steps(one)
        except ValueError as error:
            raise wrong(path, at, str(error)) from error
    return tuple(value)


def lists_as_tuples(table: Mapping[str, Any]) -> dict[str, Any]:
    """Files write lists where the model holds tuples."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def validated(model: type[Read], path: Path, literal: str, fields: Mapping[str, Any]) -> Read:
    try:
        return model.model_validate(fields, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        at = (literal, *first["loc"])
        if first["type"] == "missing":
            raise wrong(path, at, "missing; add this key") from error
        raise wrong(path, at, f"{first['msg']}, not {first['input']!r}") from error


def wrong(path: Path, at: Sequence[object], problem: str) -> CatalogError:
    literal, *keys = at
    return CatalogError(f"{path}: {literal}{''.join(f'[{key!r}]' for key in keys)}: {problem}")
