"""Which share of a change comes from dependencies, which from code, and whether both add up to it. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.analysis.comparison.verdicts import CHANGED, primary_results
from bench.model.comparison import Comparison, Result, Split, Verdict


@dataclass(frozen=True)
class Closing:
    """How a case's two shares compare with the whole that was measured apart from them: ln(dependencies · code / whole)
    and how far it may lie from nothing by chance, half of an interval."""

    case: str
    residual: float
    half_width: float

    @property
    def closes(self) -> bool:
        return abs(self.residual) <= self.half_width


def changed(comparison: Comparison) -> list[str]:
    """The cases that are to be split."""
    return [one.case for one in primary_results(comparison) if one.verdict in CHANGED]


def shares(cases: Sequence[str], dependencies: Comparison, code: Comparison) -> Split:
    """Of two comparisons with the base's code on the head's lock, which is the head of the one and the base of the
    other."""
    return Split(
        dependencies=tuple(_result(case, dependencies) for case in cases),
        code=tuple(_result(case, code) for case in cases),
    )


def fails(cases: Sequence[str], dependencies: Comparison) -> str | None:
    """Why none of these cases runs with the base's code on the head's lock; None where one does."""
    said = {one.case: one.head for one in dependencies.disagreements if one.broken == "head"}
    return said[cases[0]] if all(case in said for case in cases) else None


def closings(comparison: Comparison) -> Iterator[Closing]:
    """Of every case whose whole and both shares were measured."""
    if comparison.split is None:
        return
    code = {one.case: one for one in comparison.split.code}
    whole = {one.case: one for one in primary_results(comparison)}
    for one in comparison.split.dependencies:
        logs = [log for found in (one, code[one.case], whole[one.case]) if (log := _log(found)) is not None]
        if len(logs) == 3:
            residual = logs[0][0] + logs[1][0] - logs[2][0]
            yield Closing(one.case, residual, math.hypot(*(half for _, half in logs)))


def _log(result: Result) -> tuple[float, float] | None:
    """Of a ratio, and half of its interval."""
    if result.ratio is None or result.ci_low is None or result.ci_high is None:
        return None
    return math.log(result.ratio), math.log(result.ci_high / result.ci_low) / 2


def _result(case: str, comparison: Comparison) -> Result:
    """What was found of a case, or why there is nothing."""
    found = next((one for one in primary_results(comparison) if one.case == case), None)
    if found is not None:
        return found
    reason = next((f"base {one.base}, head {one.head}" for one in comparison.disagreements if one.case == case), "")
    reason = reason or "not measured"
    return Result.missing(case, comparison.gate, comparison.margin, Verdict.INCOMPARABLE, reason)
