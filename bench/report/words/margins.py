"""The margins of a comparison: one for all cases, and those that cases have of their own."""

from __future__ import annotations

from bench.model.comparison import Comparison
from bench.text.numbers import share


def own(comparison: Comparison) -> dict[str, float]:
    """By case, each margin that isn't the one of all."""
    return {case: margin for case, margin in comparison.margins.items() if margin != comparison.margin}


def margins(comparison: Comparison) -> str:
    """`margin 3.0%`, and how many cases have another."""
    number = len(own(comparison))
    others = f" ({number} {'case has its' if number == 1 else 'cases have their'} own)" if number else ""
    return f"margin {share(comparison.margin)}{others}"
