"""pyinstrument's own session of a profile, and its page: with nothing of this machine in them, and no network."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
import sysconfig
from pathlib import Path
from typing import Any

from pyinstrument.renderers import HTMLRenderer
from pyinstrument.session import Session

SESSION, PAGE = ".pyisession", ".html"
"""What these files' names end with; pyinstrument reads the first with `--load`."""

# What a session may say of itself as it stands; whatever else there is says where it was taken.
_TOLD = ("start_time", "duration", "min_interval", "max_interval", "sample_count", "cpu_time")
_LIBRARIES, _STANDARD = "site-packages", "python"

_ADDRESS = re.compile(r"""https?://(?!www\.w3\.org/)[^\s"'`)\\<>]+""")
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_DATA = "const sessionData = "
_HEAD = '<meta charset="utf-8">'


def kept(session: Session, title: str) -> dict[str, str]:
    """A session's files by suffix, both after it was cleaned; no page where pyinstrument writes another kind of it."""
    clean = cleaned(session, title)
    files = {SESSION: json.dumps(clean.to_json(), separators=(",", ":"))}
    if (shown := page(HTMLRenderer().render(clean))) is not None:
        files[PAGE] = shown
    return files


def cleaned(session: Session, title: str) -> Session:
    """The same time in the same functions, files called as programs import them, and `title` for where it ran."""
    files = _Files()
    session_json = session.to_json()
    clean: dict[str, Any] = {key: session_json[key] for key in _TOLD if key in session_json}
    made: Session = Session.from_json(
        clean
        | {
            "frame_records": [
                ([files.frame(frame) for frame in frames], seconds) for frames, seconds in session.frame_records
            ],
            "start_call_stack": [files.frame(frame) for frame in session.start_call_stack],
            "target_description": title,
            "sys_path": [_LIBRARIES, _STANDARD],
            "sys_prefixes": [_LIBRARIES, _STANDARD],
        }
    )
    return made


def page(html: str) -> str | None:
    """pyinstrument's page with nothing to fetch, a policy that forbids it, and data that can't end its script.

    None for a page that isn't made of what is looked for here.
    """
    code, marker, rest = html.rpartition(_DATA)
    data, newline, after = rest.partition("\n")
    if not marker or not newline or _HEAD not in code:
        return None
    made = _ADDRESS.sub("data:text/css,", code) + marker + data.replace("<", "\\u003c") + newline + after
    hashes = [hashlib.sha256(script.encode()).digest() for script in _SCRIPT.findall(made)]
    scripts = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in hashes)
    # The page's own script sets styles of elements, which no hash can allow.
    policy = f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline' data:; img-src data:"
    return made.replace(_HEAD, f'{_HEAD}\n<meta http-equiv="Content-Security-Policy" content="{policy}">', 1)


class _Files:
    """Frames (function NUL file NUL line, then attributes) whose files are called as modules are, whatever folder
    they lie in."""

    def __init__(self) -> None:
        self._frames: dict[str, str] = {}
        self._modules = {
            file: name
            for name, module in list(sys.modules.items())
            if name != "__main__" and (file := getattr(module, "__file__", None))
        }
        paths = sysconfig.get_paths()
        self._folders = {paths[key]: _LIBRARIES for key in ("purelib", "platlib")}
        self._folders |= {paths[key]: _STANDARD for key in ("stdlib", "platstdlib")}

    def frame(self, frame: str) -> str:
        if frame not in self._frames:
            identifier, separator, attributes = frame.partition("\x01")
            function, *where = identifier.split("\x00")
            if where == ["<thread>", where[-1]]:
                where[-1] = "0"  # it is the thread's number in this process
            elif where:
                where[0] = self._called(where[0])
            self._frames[frame] = "\x00".join([function, *where]) + separator + attributes
        return self._frames[frame]

    def _called(self, file: str) -> str:
        """`site-packages/fastapi/routing.py`, `python/json/encoder.py`, `targets/fastapi_plain.py`."""
        if "/" not in file:
            return file
        path = Path(file)
        for folder, name in self._folders.items():
            if path.is_relative_to(folder) and (name == _LIBRARIES or "site-packages" not in path.parts):
                return f"{name}/{path.relative_to(folder)}"
        module = self._modules.get(file)
        if module is None:
            return path.name
        parts = module.count(".") + (2 if path.stem == "__init__" else 1)
        return "/".join(path.parts[-parts:])
