"""Blocks drawn as a comparison measures them: a pilot, and as many more as it asks for."""

from __future__ import annotations

from collections.abc import Callable

from bench.stats.two_stage import PILOT, blocks_needed


def in_stages(
    drawn: Callable[[int], list[float]], margin: float, most: int = 100_000
) -> tuple[list[float], list[float]]:
    """The pilot, and what follows it; in all at most so many blocks."""
    pilot, further = drawn(PILOT), list[float]()
    while (more := min(most, blocks_needed(pilot, further, margin)) - len(pilot) - len(further)) > 0:
        further += drawn(more)
    return pilot, further
