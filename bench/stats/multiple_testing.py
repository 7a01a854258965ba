"""Holm's correction for many comparisons at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.stats.two_stage import Change, improbability

FAMILY_ERROR = 0.01
"""How often a comparison of any number of cases that didn't change may call one of them changed."""


def holm(improbabilities: Sequence[float], error: float = FAMILY_ERROR) -> list[bool]:
    """Which of many findings stand when all are to be right together but for `error`.

    The i-th smallest must be at most error/(m - i), and so must all before it (Holm, "A simple sequentially rejective
    multiple test procedure", Scandinavian Journal of Statistics 6, 1979).
    """
    stands = [False] * len(improbabilities)
    for rank, index in enumerate(sorted(range(len(improbabilities)), key=improbabilities.__getitem__)):
        if improbabilities[index] > error / (len(improbabilities) - rank):
            break
        stands[index] = True
    return stands


def standing(found: Mapping[str, Change | None], margin: float) -> dict[str, bool]:
    """By name, which of the findings stand among all together, by Holm; without those that are None."""
    known = {name: one for name, one in found.items() if one is not None}
    return dict(zip(known, holm([improbability(one, margin) for one in known.values()]), strict=True))
