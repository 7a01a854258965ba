"""A margin as people write it: the change of a cost that matters."""

from __future__ import annotations

LEAST, MOST = 0.001, 1.0
SYNTAX = 'write a share such as "10%", from 0.1% to 100%'


def share(text: str) -> float | None:
    """`3%` or `0.03`, as a share; None of what isn't one."""
    number = text.strip()
    try:
        found = float(number[:-1]) / 100 if number.endswith("%") else float(number)
    except ValueError:
        return None
    return found if LEAST <= found <= MOST else None
