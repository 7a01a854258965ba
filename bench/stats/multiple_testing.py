"""Holm's correction for many comparisons at once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

from bench.stats.two_stage import Change, p_value

Name = TypeVar("Name", bound=Hashable)

FAMILY_ERROR = 0.01
"""How often a comparison of any number of cases that didn't change may call one of them changed."""


def holm(p_values: Sequence[float], error: float = FAMILY_ERROR) -> list[bool]:
    """Which of many findings stand when all are to be right together but for `error`.

    The i-th smallest must be at most error/(m - i), and so must all before it (Holm, "A simple sequentially rejective
    multiple test procedure", Scandinavian Journal of Statistics 6, 1979).
    """
    stands = [False] * len(p_values)
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        if p_values[index] > error / (len(p_values) - rank):
            break
        stands[index] = True
    return stands


def standing(found: Mapping[Name, Change | None], margins: Mapping[Name, float]) -> dict[Name, bool]:
    """By name, which of the findings stand among all together, by Holm; without those that are None.

    Every finding is tested at the edge of its own margin: Holm asks of a p-value only that it be right for its own
    hypothesis, so margins that differ need nothing else.
    """
    known = {name: one for name, one in found.items() if one is not None}
    return dict(zip(known, holm([p_value(one, margins[name]) for name, one in known.items()]), strict=True))
