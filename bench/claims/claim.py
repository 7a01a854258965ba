"""What a claim is, and what a run says about it. A function of this package returns a Ruling or a Reply: its name and
its docstring make the rest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bench.stats.intervals import Estimate


class ClaimVerdict(StrEnum):
    """Undecided: it was measured, but an interval straddles the limit, or rests on one launch and so isn't there."""

    HOLDS = "holds"
    HOLDS_FOR = "holds for"
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Ruling:
    """What a claim's function finds: sentences with names of cases in backticks; `scope` when it holds for a part."""

    verdict: ClaimVerdict
    finding: str
    scope: str = ""


@dataclass(frozen=True)
class Reply:
    """What a question's function finds, as in a Ruling."""

    finding: str


@dataclass(frozen=True)
class Claim:
    """What people say, and what this run says about it; `cases` are the ids of those that it rests on."""

    name: str
    says: str
    verdict: ClaimVerdict
    scope: str
    finding: str
    cases: tuple[str, ...]


@dataclass(frozen=True)
class AnsweredQuestion:
    """A question, and what this run observed; the finding says what is missing where it isn't `measured`."""

    name: str
    asks: str
    finding: str
    cases: tuple[str, ...]
    measured: bool


def place(value: Estimate, least: float = -math.inf, most: float = math.inf) -> ClaimVerdict:
    """Holds when the whole interval lies between the limits, refuted when all of it lies beyond one, else undecided."""
    if value.low is None or value.high is None:
        return ClaimVerdict.UNDECIDED
    if least <= value.low and value.high <= most:
        return ClaimVerdict.HOLDS
    return ClaimVerdict.REFUTED if value.high < least or most < value.low else ClaimVerdict.UNDECIDED


def overall(verdicts: Mapping[str, ClaimVerdict]) -> tuple[ClaimVerdict, str]:
    """Of a claim's parts by name: the verdict, and its scope where only some of them hold."""
    holding = [name for name, verdict in verdicts.items() if verdict is ClaimVerdict.HOLDS]
    if len(holding) == len(verdicts):
        return ClaimVerdict.HOLDS, ""
    if holding:
        return ClaimVerdict.HOLDS_FOR, ", ".join(holding)
    refuted = all(verdict is ClaimVerdict.REFUTED for verdict in verdicts.values())
    return (ClaimVerdict.REFUTED if refuted else ClaimVerdict.UNDECIDED), ""


def observed(holds: bool) -> ClaimVerdict:
    """For what was counted or traced, which has no interval."""
    return ClaimVerdict.HOLDS if holds else ClaimVerdict.REFUTED
