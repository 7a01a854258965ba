"""What a comparison says of shares that should add up to a change."""

from __future__ import annotations

import math
from collections.abc import Iterator

from bench.analysis.comparison.split import Closing, closings
from bench.model.comparison import Comparison
from bench.report.words.app_versions import plain
from bench.text.numbers import changed_by


def residuals(comparison: Comparison) -> Iterator[str]:
    """One sentence for each case whose shares differ from the whole by more than chance explains."""
    return (residual(one) for one in closings(comparison) if not one.closes)


def residual(one: Closing) -> str:
    """How far the product of both shares lies from the whole."""
    off, chance = changed_by(math.exp(one.residual)), math.expm1(one.half_width)
    says = "within chance" if one.closes else "more than chance: measure again with a larger --budget"
    return f"`{plain(one.case)}`: dependencies times code differs from the whole by {off} (± {chance:.1%}), {says}"
