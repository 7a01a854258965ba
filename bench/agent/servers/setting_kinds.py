"""A setting's value as the kind that it has by default."""

from __future__ import annotations

from typing import Any

from bench.agent.app.error import AppError


def of_its_kind(name: str, value: Any, default: Any) -> Any:
    """What was written, as text where the default is text: `lifespan=on`. Raises AppError where it can't be of the
    default's kind; a default of None says nothing."""
    if isinstance(default, str):
        return ("on" if value else "off") if isinstance(value, bool) else str(value)
    if isinstance(default, bool):
        fits, kind = isinstance(value, bool), "on or off"
    elif isinstance(default, (int, float)):
        fits, kind = isinstance(value, (int, float)) and not isinstance(value, bool), "a number"
    else:
        fits, kind = default is None or not isinstance(value, bool), "a value"
    if not fits:
        raise AppError(f"{name}={value}: write {kind}")
    return value
