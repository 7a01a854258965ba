"""What is installed in an environment that isn't ours, and how its own packages come along where it is built anew."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from platformdirs import user_cache_path

from bench.stack.environment import ask, only_one_builder

_ASK = """
import json, re, sys
from importlib.metadata import distributions
sys.path = [entry for entry in sys.path if entry]
found = {}
for one in distributions():
    if one.metadata["Name"]:
        url = one.read_text("direct_url.json")
        found.setdefault(re.sub(r"[-_.]+", "-", one.metadata["Name"]).lower(), {
            "version": one.version,
            "origin": json.loads(url) if url else None,
            "folder": str(one.locate_file("")),
            "files": [str(file) for file in one.files or ()] if url else [],
        })
print(json.dumps(found))
"""
# What installs packages, and isn't asked by any app.
_INSTALLERS = frozenset({"pip", "uv", "wheel"})


@dataclass(frozen=True)
class Package:
    """One distribution: where it came from if not from an index (PEP 610), and then its files below `folder`."""

    name: str
    version: str
    origin: dict[str, Any] | None
    folder: Path
    files: tuple[str, ...] = ()

    @property
    def source(self) -> Path | None:
        """The folder that an editable package is imported from."""
        if not self.origin or not self.origin.get("dir_info", {}).get("editable"):
            return None
        root = Path(unquote(urlsplit(self.origin["url"]).path))
        return root / "src" if (root / "src").is_dir() else root


@dataclass(frozen=True)
class Installed:
    """All that an environment has."""

    packages: tuple[Package, ...]

    @classmethod
    def of(cls, python: Path) -> Installed:
        """Raises StackError."""
        packages = json.loads(ask(python, _ASK))
        return cls(
            tuple(
                Package(name, one["version"], one["origin"], Path(one["folder"]), tuple(one["files"]))
                for name, one in sorted(packages.items())
            )
        )

    @cached_property
    def versions(self) -> dict[str, str]:
        """Of what an index may have, by name: preferred wherever nothing else is asked for."""
        return {one.name: one.version for one in self.packages if one.origin is None and one.name not in _INSTALLERS}

    @property
    def sources(self) -> tuple[Path, ...]:
        """Folders from which the rest is imported, in whatever environment: copies of what was installed from a folder,
        an archive or a repository, and the folders of what is editable."""
        own = [one for one in self.packages if one.origin is not None]
        editable = [source for one in own if (source := one.source)]
        return (_copied(own), *editable) if own else ()


def _copied(packages: list[Package]) -> Path:
    """Their files, without what stands outside of their folder, as scripts do."""
    files = [(one.folder / file, file) for one in packages for file in one.files if _inside(file)]
    there = [(path, file) for path, file in files if path.is_file()]
    state = "\n".join(f"{path} {path.stat().st_mtime_ns} {path.stat().st_size}" for path, _ in there)
    kept = user_cache_path("fastapi-layercake") / "sources" / sha256(state.encode()).hexdigest()[:16]
    with only_one_builder(kept):
        if not kept.exists():
            with tempfile.TemporaryDirectory(dir=kept.parent) as made:
                scratch = Path(made) / kept.name
                scratch.mkdir()
                for path, file in there:
                    (scratch / file).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, scratch / file)
                scratch.rename(kept)
    return kept


def _inside(file: str) -> bool:
    parts = Path(file).parts
    return not Path(file).is_absolute() and ".." not in parts and not file.endswith((".pth", ".pyc"))
