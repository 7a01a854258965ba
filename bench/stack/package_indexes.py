"""Which package indexes a project uses beside the usual one, as words of uv. Logins come from the environment."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.stack.pyproject import PYPROJECT, read_toml

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
    tools: Mapping[str, Any] = document.get("tool", {})
    match file.name:
        case "uv.lock":
            known = tools.get("uv", {}).get("index", [])
            locked = (one.get("source", {}).get("registry", "") for one in read_toml(file).get("package", []))
            urls = {str(one.get("url")).rstrip("/") for one in known}
            others = dict.fromkeys(url for url in locked if "://" in url and url.rstrip("/") not in urls)
            found = [*known, *({"url": url} for url in others)]
        case "poetry.lock":
            found = tools.get("poetry", {}).get("source", [])
        case "pdm.lock":
            found = tools.get("pdm", {}).get("source", [])
        case "Pipfile.lock":
            found = json.loads(file.read_text("utf-8")).get("_meta", {}).get("sources", [])
        case "pyproject.toml":
            known = tools.get("uv", {}).get("index", [])
            found = [*known, *tools.get("poetry", {}).get("source", []), *tools.get("pdm", {}).get("source", [])]
        case _:
            return tuple(_of_requirements(file, set()))
    return tuple(_named(found))


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
