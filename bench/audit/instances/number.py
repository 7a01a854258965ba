"""The number of a schema that is nearest to 1: ids begin there, and nothing is divided by it in vain."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeGuard


def whole(schema: Mapping[str, Any]) -> int:
    """Raises ValueError where there is none."""
    low, high = _bounds(schema)
    least = -math.inf if low is None else math.floor(low[0]) + 1 if low[1] else math.ceil(low[0])
    most = math.inf if high is None else math.ceil(high[0]) - 1 if high[1] else math.floor(high[0])
    step = schema.get("multipleOf", 1)
    if not _is_number(step) or step <= 0 or not float(step).is_integer():
        step = 1  # of a fraction: the number is tried by the caller
    step = int(step)
    nearest = min(max(1, least), most)
    for found in (math.ceil(nearest / step) * step, math.floor(nearest / step) * step):
        if least <= found <= most:
            return int(found)
    raise ValueError(f"no whole number from {least} to {most} is a multiple of {step}")


def real(schema: Mapping[str, Any]) -> float | int:
    """Raises ValueError where there is none."""
    try:
        return whole(schema)
    except ValueError:
        low, high = _bounds(schema)
        if low is None or high is None or low[0] > high[0]:
            raise
        step = schema.get("multipleOf")
        if _is_number(step) and step > 0:
            return float(math.ceil(low[0] / step + (1e-9 if low[1] else 0)) * step)
        return low[0] if not low[1] else high[0] if not high[1] else (low[0] + high[0]) / 2


_Bound = tuple[float, bool]
"""With whether it is excluded itself."""


def _bounds(schema: Mapping[str, Any]) -> tuple[_Bound | None, _Bound | None]:
    """Exclusive ones as numbers, or as OpenAPI 3.0 has them: true beside the bound."""
    lows = _named(schema, "minimum", "exclusiveMinimum")
    highs = _named(schema, "maximum", "exclusiveMaximum")
    return max(lows, default=None), min(highs, key=lambda one: (one[0], not one[1]), default=None)


def _named(schema: Mapping[str, Any], inclusive: str, exclusive: str) -> list[_Bound]:
    found: list[_Bound] = []
    if _is_number(value := schema.get(inclusive)):
        found.append((value, schema.get(exclusive) is True))
    if _is_number(value := schema.get(exclusive)):
        found.append((value, True))
    return found


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
