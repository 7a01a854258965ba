"""Keeps logins out of the command that results store."""

from __future__ import annotations

from collections.abc import Sequence

from bench.serving.headers import stored

_HEADER = "--header"


def without_logins(words: Sequence[str]) -> list[str]:
    """The words of a command, without the values of headers that are written out: `${TOKEN}` stays."""
    kept: list[str] = []
    for word in words:
        if kept and kept[-1] == _HEADER:
            kept.append(stored(word))
        elif word.startswith(f"{_HEADER}="):
            kept.append(f"{_HEADER}={stored(word.partition('=')[2])}")
        else:
            kept.append(word)
    return kept
