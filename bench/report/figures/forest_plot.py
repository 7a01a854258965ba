"""What a comparison draws: every case's interval on one scale (a forest plot), and the blocks that it comes from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar, get_args

from markupsafe import Markup

from bench.analysis.comparison.blocks import Blocks, blocks
from bench.model.comparison import Comparison, Metric, Result, Verdict
from bench.model.pair_samples import PairSample, ServedPair, Stage, StartupPair
from bench.report.figures.axes import RatioScale, band
from bench.report.templates import render
from bench.report.words.comparison import CaseChange, percent, rows, within
from bench.report.words.metrics import LABELS
from bench.text.verdicts import said_of

FOLDED = 8
"""Cases that didn't change are folded when there are more of them than this: the news would drown among them."""


@dataclass(frozen=True)
class Forest:
    """Cases whose gate has a ratio, in the order of the rows; those in `folded` stand behind a click."""

    open: tuple[CaseChange, ...]
    folded: tuple[CaseChange, ...]
    scale: RatioScale


@dataclass(frozen=True)
class Strip:
    """One case's blocks: the ratio that each gave, by stage; `left_out` has a reason for each that gave none."""

    case: str
    verdict: Verdict
    ratios: tuple[tuple[Stage, tuple[float, ...]], ...]
    left_out: tuple[str, ...]
    band: tuple[float, float]

    @property
    def words(self) -> str:
        """`12 pilot, 24 confirmation`."""
        return ", ".join(f"{len(ratios)} {stage}" for stage, ratios in self.ratios if ratios) or "none"


Drawn = TypeVar("Drawn", CaseChange, Strip)


@dataclass(frozen=True)
class Strips:
    """Every case's blocks on one scale, changed cases first."""

    open: tuple[Strip, ...]
    folded: tuple[Strip, ...]
    scale: RatioScale


def forest(comparison: Comparison) -> Forest | None:
    """None of a comparison of which nothing has a ratio."""
    drawn = [row for row in rows(comparison) if row.decisive and row.decisive.ratio is not None]
    if not drawn:
        return None
    ends = [
        end
        for row in drawn
        if row.decisive
        for end in (row.decisive.ci_low, row.decisive.ratio, row.decisive.ci_high)
        if end
    ]
    return Forest(*_parted(drawn), RatioScale.over(ends, comparison.margin))


def strips(comparison: Comparison) -> Strips | None:
    """None where no case was measured in blocks."""
    margins = comparison.margins
    seen: dict[Metric, dict[str, Blocks]] = {metric: blocks(comparison, metric) for metric in comparison.judged}
    made = [
        Strip(row.name, row.verdict, _by_stage(own), own.left_out, band(margins[row.case]))
        for row in rows(comparison)
        if (own := seen[_metric(row, comparison)].get(row.case)) is not None
    ]
    if not made:
        return None
    every = [ratio for one in made for _, ratios in one.ratios for ratio in ratios]
    return Strips(*_parted(made), RatioScale.over(every, comparison.margin))


def forest_plot(comparison: Comparison) -> Markup | None:
    """The forest drawn; None of a comparison of which nothing has a ratio."""
    drawn = forest(comparison)
    if drawn is None:
        return None

    def mark(row: CaseChange) -> dict[str, object]:
        one = row.decisive
        assert one is not None  # noqa: S101 - a forest holds no row without a result
        return {
            "case": row.name,
            "verdict": row.verdict,
            "change": percent(one),
            "within": within(one) if one.ci_low != one.ci_high else "",
            "words": in_words(one),
            "low": one.ci_low,
            "high": one.ci_high,
            "ratio": one.ratio,
            "band": band(one.margin),
        }

    opened, folded = [mark(row) for row in drawn.open], [mark(row) for row in drawn.folded]
    return render("figures/forest_plot.html", open=opened, folded=folded, scale=drawn.scale)


def in_blocks(comparison: Comparison) -> bool:
    """Whether there are blocks to draw."""
    return bool(comparison.results) and any(
        isinstance(one, PairSample | ServedPair | StartupPair) for one in comparison.samples
    )


def block_dots(comparison: Comparison) -> Markup | None:
    """Every block as a dot; None where no case was measured in blocks."""
    drawn = strips(comparison)
    if drawn is None:
        return None
    return render("figures/blocks.html", open=drawn.open, folded=drawn.folded, scale=drawn.scale)


def in_words(result: Result) -> str:
    """A mark for those who can't see it: `slower, CPU +40.2%, +39.1% to +41.3%, 24 blocks`."""
    interval = "" if result.ci_low == result.ci_high else f", {within(result)}, {result.blocks} blocks"
    verdict = said_of(result.verdict, result.metric)
    return f"{verdict}, {LABELS[result.metric]} {percent(result)}{interval}"


def _metric(row: CaseChange, comparison: Comparison) -> Metric:
    return row.decisive.metric if row.decisive else comparison.gate


def _by_stage(seen: Blocks) -> tuple[tuple[Stage, tuple[float, ...]], ...]:
    stages: tuple[Stage, ...] = get_args(Stage)
    return tuple((stage, tuple(math.exp(log) for log in getattr(seen, stage))) for stage in stages)


def _parted(found: Sequence[Drawn]) -> tuple[tuple[Drawn, ...], tuple[Drawn, ...]]:
    """What is shown, and what is folded."""
    same = tuple(one for one in found if one.verdict is Verdict.EQUIVALENT)
    if len(same) <= FOLDED:
        return tuple(found), ()
    return tuple(one for one in found if one.verdict is not Verdict.EQUIVALENT), same
