"""uv as a command: one function, whose failures carry uv's own reason."""

from __future__ import annotations

import itertools
import re
import subprocess
from urllib.parse import urlsplit

from uv import find_uv_bin

from bench.model.errors import RefusedError


class StackError(RefusedError):
    """A stack that can't be named, resolved or built; the message carries uv's own reason where it has one."""


class UvError(StackError):
    """uv's own words, without a next step."""


class UnreachedError(StackError):
    """uv couldn't ask the index. If `offline`, it was not allowed to, and its message says what it lacks."""

    def __init__(self, said: str, *, offline: bool) -> None:
        super().__init__(said)
        self.offline = offline

    def never(self, what: str) -> StackError:
        """The error where what was asked was never had before either."""
        return self if self.offline else StackError(f"{self}, and {what}; connect to a network and repeat")


_LOGIN = re.compile(r"(://)[^\s/@]+@")
_REFUSED = re.compile(r"index URL \((\S+)\) could not be queried due to a lack of valid authentication .*\((.+)\)")
_UNREACHED = re.compile(r"Failed to fetch|Request failed|error sending request")


def uv(*words: str, stdin: str | None = None, quiet: bool = True) -> str:
    """What uv prints; `quiet` leaves out what it says of itself, and all that it lists. Raises StackError."""
    command = [find_uv_bin(), *(("--quiet",) if quiet else ()), "--no-progress", "--color", "never", *words]
    if strange := next((word for word in words if "\0" in word), None):  # which a project's files may hold
        raise StackError(f"uv: {strange!r} can't be asked for; correct the project's files")
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        task = " ".join(itertools.takewhile(lambda word: not word.startswith("-"), words))
        said = _LOGIN.sub(r"\1", done.stderr).strip()
        if found := _REFUSED.search(said):
            raise StackError(
                f"uv {task}: the package index at {urlsplit(found[1]).netloc} wants a login ({found[2]}); "
                "set UV_INDEX_NAME_USERNAME and UV_INDEX_NAME_PASSWORD, or what its URL takes from the environment"
            )
        if _UNREACHED.search(said):
            raise UnreachedError(f"uv {task}: no package index can be reached{_address(said)}", offline=False)
        if "network was disabled" in said:
            raise UnreachedError(f"uv {task}: {said}", offline=True)
        raise UvError(f"uv {task}: {said or f'exit status {done.returncode}'}")
    return done.stdout


def _address(said: str) -> str:
    found = re.search(r"Failed to fetch: `?(https?://[^\s/`]+)", said)
    return f" ({found[1]})" if found else ""
