"""Where a process that hangs stands, by what it wrote when it was asked."""

from __future__ import annotations

import re
from pathlib import Path

_ANSWER = re.compile(r"^at: (?P<place>.*)\n", re.MULTILINE)
_FRAME = re.compile(r'^  File "(?P<file>[^"]*)", line (?P<line>\d+) in (?P<function>\S+)$', re.MULTILINE)


def answered(dump: str) -> bool:
    """Whether the process has said all that it will."""
    return _ANSWER.search(dump) is not None


def standing(dump: str, targets: Path) -> str:
    """`app.py:18 time.sleep`, or nothing where it isn't known: by the answer of Python, or else by the interpreter's
    dump, of which the innermost line in the targets' folder is taken, or of all."""
    answer = _ANSWER.search(dump)
    if answer is not None and answer["place"]:
        return answer["place"]
    frames = list(_FRAME.finditer(dump))
    own = [one for one in frames if Path(one["file"]).is_relative_to(targets)]
    for one in (own or frames)[:1]:
        return f"{Path(one['file']).name}:{one['line']} {one['function']}"
    return ""
