"""Which windows ran on an undisturbed core."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

import numpy as np

WINDOW_US_LEAST = 500.0
"""A window must be long against the clocks' own cost, which is well under a microsecond."""
_QUIET_LEAST, _QUIET_SHARE = 3, 0.25
SLOWED = 1.1
"""A core whose reference work takes this many times its undisturbed time is slowed by somebody else."""


def undisturbed_us(references_us: Sequence[float]) -> float:
    """What the reference work takes when nobody slows the core: the 10th percentile of all that a run has seen.

    Not the minimum, which is one lucky moment, nor the median, which a busy neighbour owns.
    """
    return float(np.percentile(np.asarray(references_us, dtype=float), 10))


def undisturbed_by_core(references_us: Iterable[tuple[int | None, Sequence[float]]]) -> dict[int | None, float]:
    """The same of each core, by what was seen on it."""
    seen: dict[int | None, list[float]] = {}
    for core, found_us in references_us:
        seen.setdefault(core, []).extend(found_us)
    return {core: undisturbed_us(found_us) for core, found_us in seen.items()}


def undisturbed_mask(references_us: Sequence[float], undisturbed: float) -> np.ndarray:
    """Which windows ran on an undisturbed core: their reference took at most a tenth longer than `undisturbed`.

    Chosen by the reference alone, never by the cost itself, which would favour the cheap ones.
    """
    return np.asarray(references_us, dtype=float) <= SLOWED * undisturbed


def enough_undisturbed(mask: np.ndarray) -> bool:
    """Whether a launch counts: a quarter of its windows were quiet, and three at least. Between few of them the
    neighbour is never far."""
    return bool(mask.sum() >= max(_QUIET_LEAST, _QUIET_SHARE * mask.size))


def speed(references_us: Sequence[float], undisturbed: float) -> float:
    """The core's mean speed over a stretch that the references cover evenly, as a share of its undisturbed speed."""
    return float(np.mean(undisturbed / np.asarray(references_us, dtype=float)))


def launch_cost(windows: Sequence[float]) -> float:
    """One launch's figure from its windows: their median, which a preempted window can't move.

    Raises ValueError for no windows.
    """
    if not len(windows):
        raise ValueError("a launch's cost needs windows, got none")
    return float(median(windows))


def launch_difference(child: Sequence[float], parent: Sequence[float]) -> float:
    """One launch's marginal cost: the median of the differences of windows that ran side by side.

    Raises ValueError when the two do not pair up, or for no windows.
    """
    if len(child) != len(parent):
        raise ValueError(f"windows must pair up, got {len(child)} beside {len(parent)}")
    return launch_cost([own - beside for own, beside in zip(child, parent, strict=True)])
