"""Text of others without the characters that a terminal obeys."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def harmless(text: str) -> str:
    """Each control character but tabs and line ends is replaced: nothing moves the cursor, or changes a colour."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def one_line(text: str) -> str:
    """Each character that can't be printed, a line end among them, is a blank."""
    return "".join(one if one.isprintable() else " " for one in text)
