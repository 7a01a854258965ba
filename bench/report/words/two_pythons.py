"""What has to be known of a comparison of two Pythons, of all of its cases."""

from __future__ import annotations

from bench.analysis.comparison.verdicts import off_uvloop
from bench.model.comparison import Comparison
from bench.text.numbers import listed


def built_differently(comparison: Comparison) -> str:
    """Two Pythons that differ in how they were built; nothing where that isn't known, or is the same."""
    old, new = comparison.base.stack, comparison.head.stack
    known = old.python_build and new.python_build
    if old.python == new.python or not known or old.python_build == new.python_build:
        return ""
    return (
        f"The two Pythons were built differently ({old.python_build}; {new.python_build}): a part of the change can "
        "come from that"
    )


def without_uvloop(comparison: Comparison) -> str:
    """Why both sides run on asyncio's loop; nothing where they don't."""
    without = off_uvloop(comparison)
    if not without:
        return ""
    return f"Both sides run on asyncio's event loop: uvloop has no wheel for Python {listed(without)}"
