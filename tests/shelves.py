"""Wheels that tests write, and a checkout that locks some of them: no network decides what is resolved."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path

# Each version of each package that there is, and what it requires.
SHELF = {
    ("alpha", "1.0"): ("beta",),
    ("alpha", "2.0"): ("beta>=2",),
    ("beta", "1.0"): (),
    ("beta", "2.0"): (),
    ("gamma_ray", "1.0"): (),
    ("gamma_ray", "1.5"): (),
    ("probe", "3.0"): (),
}
PINS = {"alpha": "1.0", "beta": "1.0", "gamma-ray": "1.0", "probe": "3.0"}


def write_wheel(folder: Path, name: str, version: str, requires: Sequence[str] = (), code: str | None = None) -> Path:
    """A wheel of one package with nothing but its `code` (without one: its version); its path."""
    info = f"{name}-{version}.dist-info"
    metadata = "".join(f"Requires-Dist: {requirement}\n" for requirement in requires)
    files = {
        f"{name}/__init__.py": code or f"version = {version!r}\n",
        f"{name}/data.txt": "data\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},sha256={_digest(text)},{len(text.encode())}\n" for path, text in files.items())
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as made:
        for path, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            made.writestr(path, text)
    return wheel


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def write_lock(folder: Path, shelf: Path) -> None:
    """The lock of a checkout as `make lock` writes it: hashes, and what each pin is there for."""
    via = {
        "alpha": "# via layercake (pyproject.toml:stack)",
        "beta": "# via\n    #   alpha\n    #   stranger",
        "gamma-ray": "# via layercake (pyproject.toml:stack)",
        "probe": "# via\n    #   layercake (pyproject.toml:instruments)\n    #   stranger",
    }
    entries = [
        f"{name}=={PINS[name]} \\\n    --hash=sha256:{_sha256(shelf, name)}\n    {why}\n" for name, why in via.items()
    ]
    more = "other==1.0 ; sys_platform == 'win32' \\\n    --hash=sha256:00\n    # via alpha\n"
    unasked = "stranger==7.0 \\\n    --hash=sha256:00\n    # via layercake (pyproject.toml:dev)\n"
    (folder / "requirements.lock").write_text("# made by `make lock`\n" + "".join(entries) + more + unasked)


def _sha256(shelf: Path, name: str) -> str:
    wheel = shelf / f"{name.replace('-', '_')}-{PINS[name]}-py3-none-any.whl"
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


def write_project(folder: Path) -> Path:
    """A checkout with a stack and instruments of its own, and a lock that pins what isn't the newest."""
    folder.mkdir()
    (folder / "pyproject.toml").write_text(
        '[dependency-groups]\nstack = ["alpha", "gamma-ray"]\ninstruments = ["probe"]\n'
    )
    (folder / "requirements.lock").write_text("".join(f"{name}=={version}\n" for name, version in PINS.items()))
    return folder
