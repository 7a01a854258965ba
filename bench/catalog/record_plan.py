"""Reads the plan of a record, a TOML file: what `bench record` measures of which packages."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from bench.catalog.source import CatalogError
from bench.model.record_plan import PackagePlan
from bench.model.workload import Case
from bench.text.margins import SYNTAX, share
from bench.text.suggest import nearest

_TOP = ("python", "margin", "packages")
_LISTS = ("cases", "startup", "served")
_PYTHON = re.compile(r"3\.\d+")


def read_record_plan(file: Path) -> tuple[PackagePlan, ...]:
    """By package, in the order of the file. Raises CatalogError."""
    try:
        found = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogError(f"{file}: can't be read ({error}); it is the plan of `bench record`") from error
    except tomllib.TOMLDecodeError as error:
        raise CatalogError(f"{file}: isn't TOML ({error})") from error
    _refuse_unknown(file, "", found, _TOP)
    python, margin = found.get("python"), share(str(found.get("margin")))
    if not isinstance(python, str) or not _PYTHON.fullmatch(python):
        raise CatalogError(f'{file}: python: write a version such as "3.11", not {python!r}')
    if margin is None:
        raise CatalogError(f"{file}: margin: {SYNTAX}, not {found.get('margin')!r}")
    packages = found.get("packages")
    if not isinstance(packages, dict) or not packages:
        raise CatalogError(f"{file}: packages: missing; write a table a package, such as [packages.fastapi]")
    return tuple(_package(file, name, table, python, margin) for name, table in packages.items())


def refuse_unknown_cases(plan: PackagePlan, known: Sequence[Case], file: Path) -> None:
    """Raises CatalogError for a case that no target has."""
    ids = {case.id for case in known}
    for key in _LISTS:
        for id_ in getattr(plan, key):
            if id_ not in ids:
                raise CatalogError(f"{_at(file, plan.package, key)}: no case {id_!r}; {nearest(id_, ids)}")


def _package(file: Path, name: str, table: object, python: str, margin: float) -> PackagePlan:
    if name != canonicalize_name(name):
        raise CatalogError(f"{file}: packages.{name}: write {canonicalize_name(name)}")
    if not isinstance(table, dict):
        raise CatalogError(f"{file}: packages.{name}: must be a table, not {table!r}")
    _refuse_unknown(file, f"packages.{name}.", table, ("since", *_LISTS))
    lists = {key: _ids(_at(file, name, key), table[key]) for key in _LISTS if key in table}
    if not any(lists.values()):
        raise CatalogError(f"{file}: packages.{name}: has no cases; add {', '.join(_LISTS)}")
    since = _since(_at(file, name, "since"), table.get("since"))
    return PackagePlan.model_validate({"package": name, "python": python, "margin": margin, "since": since, **lists})


def _at(file: Path, package: str, key: str) -> str:
    return f"{file}: packages.{package}.{key}"


def _since(where: str, value: object) -> str:
    try:
        return str(Version(value)) if isinstance(value, str) else _no_version(where, value)
    except InvalidVersion:
        return _no_version(where, value)


def _no_version(where: str, value: object) -> str:
    raise CatalogError(f'{where}: write a version such as "0.100", not {value!r}')


def _ids(where: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise CatalogError(f"{where}: must be a list of cases, not {value!r}")
    if twice := next((one for one in value if value.count(one) > 1), None):
        raise CatalogError(f"{where}: {twice!r} is there twice")
    return tuple(value)


def _refuse_unknown(file: Path, where: str, table: Mapping[str, Any], known: Sequence[str]) -> None:
    for key in table:
        if key not in known:
            raise CatalogError(f"{file}: {where}{key}: unknown key; {nearest(key, known)}")
