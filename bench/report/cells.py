"""Cells of tables: figures with their intervals, and what stands where one is missing."""

from __future__ import annotations

import math

from bench.analysis.run.figure_text import STANDINGS
from bench.analysis.run.figures import CheckedFigure, Standing
from bench.model.comparison import Result
from bench.report.document import Cell, Tone
from bench.report.templates import anchor
from bench.report.words.comparison import percent, within
from bench.stats.intervals import Estimate
from bench.text.numbers import DASH, added, mean, number
from bench.text.numbers import within as half_width

NOTHING = Cell(DASH)
_TONES: dict[Standing, Tone] = {Standing.INVALID: "bad", Standing.SKIPPED: "warn", Standing.UNMEASURED: "soft"}


def estimate(value: Estimate | None) -> Cell:
    """`37.4 ± 0.3`, or a dash."""
    return NOTHING if value is None else Cell(mean(value), half_width(value), value.mean)


def marginal(value: Estimate | None) -> Cell:
    """`+17.4 ± 0.2`, or a dash."""
    return NOTHING if value is None else Cell(added(value), half_width(value), value.mean)


def plain(value: float | None, decimals: int | None = None) -> Cell:
    """A number that has no interval, or a dash."""
    return NOTHING if value is None else Cell(number(value, decimals), sort=value)


def latency(ms: float | None, longest_ms: float = 0.0, decimals: int | None = None) -> Cell:
    """A percentile. Where it falls among failed requests, it is longer than the longest response: `> 9,640`."""
    if ms is None or math.isfinite(ms):
        return plain(ms, decimals)
    text = f"> {number(longest_ms, decimals)}" if longest_ms else "failed"
    return Cell(text, sort=math.inf, tone="warn", hover="failed requests count as longer than the longest response")


def missing(figure: CheckedFigure[object]) -> Cell:
    """Why there is no figure: the word, and the reasons on hovering."""
    text = DASH if figure.standing is Standing.UNMEASURED else STANDINGS[figure.standing]
    return Cell(text, tone=_TONES[figure.standing], hover="; ".join(figure.reasons))


def case(name: str, text: str | None = None) -> Cell:
    """A case, linked to its row in the table of all cases."""
    return Cell(text or name, href=f"#case-{anchor(name)}", sort=name)


def changed(result: Result, tone: Tone = "") -> Cell:
    """`+40.2%`; sorted by the ratio."""
    return Cell(percent(result), sort=result.ratio, tone=tone)


def changed_within(result: Result) -> Cell:
    """The interval of a change; sorted by its width."""
    if result.ci_low is None or result.ci_high is None:
        return Cell()
    return Cell(within(result), sort=result.ci_high - result.ci_low)
