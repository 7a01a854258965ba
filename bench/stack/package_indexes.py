"""Which package indexes a project uses beside the usual one, as words of uv. Logins come from the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.stack import read_locks
from bench.stack.pyproject import PYPROJECT, read_toml, table

_OPTION = re.compile(r"^(?P<option>-i|--index-url|--extra-index-url|-f|--find-links)[ =]\s*(?P<url>\S+)")
_INCLUDED = re.compile(r"^(?:-r|--requirement)[ =]\s*(?P<file>\S+)")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_WORDS = {
    "-i": "--default-index",
    "--index-url": "--default-index",
    "--extra-index-url": "--index",
    "-f": "--find-links",
}
_PYPI = "https://pypi.org/"


def of(file: Path) -> tuple[str, ...]:
    """The indexes that a lock or requirements name, those of their project among them. Raises StackError."""
    document = read_toml(file.with_name(PYPROJECT)) if file.with_name(PYPROJECT).is_file() else {}
    match file.name:
        case "uv.lock":
            known = _tables(document, "tool", "uv", "index")
            locked = (str(table(one, "source").get("registry", "")) for one in read_locks.packages(file))
            urls = {str(one.get("url")).rstrip("/") for one in known}
            others = dict.fromkeys(url for url in locked if "://" in url and url.rstrip("/") not in urls)
            found = [*known, *({"url": url} for url in others)]
        case "poetry.lock":
            found = _tables(document, "tool", "poetry", "source")
        case "pdm.lock":
            found = _tables(document, "tool", "pdm", "source")
        case "Pipfile.lock":
            found = _tables(read_locks.pipfile(file), "_meta", "sources")
        case "pyproject.toml":
            places = (("uv", "index"), ("poetry", "source"), ("pdm", "source"))
            found = [one for place in places for one in _tables(document, "tool", *place)]
        case _:
            return tuple(_of_requirements(file, set()))
    return tuple(_named(found))


def _tables(document: dict[str, Any], *keys: str) -> list[dict[str, Any]]:
    """None where there are none, or something else."""
    found = table(document, *keys[:-1]).get(keys[-1])
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _named(indexes: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for one in indexes:
        url, name = _filled(str(one.get("url", ""))), one.get("name")
        if not url or url.startswith(_PYPI):
            continue
        yield "--default-index" if one.get("default") else "--index"
        yield f"{name}={url}" if name and re.fullmatch(r"[A-Za-z0-9_-]+", str(name)) else url


def _of_requirements(file: Path, seen: set[Path]) -> Iterator[str]:
    """Those of the files that it includes among them."""
    if file in seen or not file.is_file():
        return
    seen.add(file)
    for line in file.read_text("utf-8", "replace").splitlines():
        if found := _OPTION.match(line.strip()):
            yield _WORDS.get(found["option"], found["option"])
            yield _filled(found["url"])
        elif found := _INCLUDED.match(line.strip()):
            yield from _of_requirements(file.parent / found["file"], seen)


def _filled(url: str) -> str:
    return _VARIABLE.sub(lambda one: os.environ.get(one[1], one[0]), url)
