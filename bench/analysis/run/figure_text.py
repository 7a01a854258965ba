"""Figures of a run as text."""

from __future__ import annotations

from bench.analysis.run.figures import LEAST_MB, Allocations, Memory, Standing
from bench.text.numbers import count, number

STANDINGS = {
    Standing.INVALID: "INVALID",
    Standing.SKIPPED: "skipped",
    Standing.UNMEASURED: "not measured",
}


def peak(memory: Memory) -> str:
    """A memory peak with its unit; below the resolution only that."""
    return f"{number(memory.peak_mb.mean, 1)} MB" if memory.resolved else f"< {LEAST_MB} MB"


def allocations(value: Allocations) -> str:
    """The count, marked when launches disagree on it."""
    return count(value.allocs) if value.agree else f"≈ {count(value.allocs)}"
