"""Whether the steps of a line explain it: their product against the first and the last release. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bench.analysis.comparison.results import reported
from bench.analysis.series.release_pairs import Quantity
from bench.model.comparison import Result
from bench.stats import two_stage
from bench.stats.two_stage import Change


@dataclass(frozen=True)
class ReleaseChain:
    """The check of a line: the product of its confirmed `steps`, without those for which another package went back; the
    `whole`, its last release over its first; and the `residual`, what of that none of these steps explains. `direct`
    says whether the two were compared with each other, or each with the anchor."""

    steps: Result
    whole: Result
    residual: Result
    direct: bool


def chain(
    quantity: Quantity, confirmed: Iterable[Change], whole: Change, margin: float, *, direct: bool
) -> ReleaseChain:
    """Of changes that share no block."""
    product = two_stage.product(confirmed)
    steps, last, residual = (
        reported(*quantity, margin, one, two_stage.verdict(one, margin))
        for one in (product, whole, two_stage.step(product, whole))
    )
    return ReleaseChain(steps, last, residual, direct)
