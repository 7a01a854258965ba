"""Findings in words: those of one kind are one sentence with a list and the sum."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from bench.model.audit_figures import FindingFigures
from bench.stats.intervals import Estimate
from bench.text.numbers import in_brackets, listed, measured, number, often, share

_NAMED = 6
_SENTENCES = re.compile(r"(?<=\.) (?=[A-Z])")


@dataclass(frozen=True)
class FindingGroup:
    """One finding, or all of a kind, the largest price first."""

    findings: tuple[FindingFigures, ...]

    @property
    def saves(self) -> Estimate | None:
        """The sum. Their intervals are added, too: they were measured beside the same whole request."""
        priced = [price for one in self.findings if (price := _saves(one)) is not None]
        if not priced:
            return None
        mean = math.fsum(one.mean for one in priced)
        lows = [one.low for one in priced if one.low is not None]
        highs = [one.high for one in priced if one.high is not None]
        if len(lows) < len(priced) or len(highs) < len(priced):
            return Estimate(mean, None, None, 1)
        return Estimate(mean, math.fsum(lows), math.fsum(highs), 1)

    @property
    def share(self) -> float | None:
        shares = [one.share for one in self.findings if one.share is not None]
        return math.fsum(shares) if shares else None

    @property
    def routes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(route for one in self.findings for route in one.routes))

    @property
    def price(self) -> str:
        """`372 ± 8 µs, 29.3%`."""
        saves = self.saves
        if saves is None:
            return "not priced"
        return _in_us(saves) + (f", {share(self.share)}" if self.share is not None else "")

    @property
    def subject(self) -> str:
        """What it is about: ``5 middlewares are a `BaseHTTPMiddleware` ``, or the place of the only one."""
        first = self.findings[0]
        if len(self.findings) == 1:
            return f"`{first.where}`{in_brackets(first.count)}"
        return f"{sum(one.count for one in self.findings)} {first.alike}"

    @property
    def title(self) -> str:
        """The evidence, in one sentence."""
        if len(self.findings) == 1:
            return _sentences(self.findings[0])[0]
        named = [
            f"`{one.where}` ({', '.join(filter(None, (often(one.count), _amount(one))))})" for one in self.findings
        ]
        return f"{self.subject}: {listed(named, _NAMED)}."

    @property
    def texts(self) -> tuple[str, ...]:
        """What explains it: the same of all, or what is said of each."""
        explained = dict.fromkeys(" ".join(_sentences(one)[1:]) for one in self.findings)
        if len(explained) == 1 and len(self.findings) <= _NAMED:
            return tuple(filter(None, explained))
        return tuple(one.says for one in self.findings)


def grouped(findings: Iterable[FindingFigures]) -> list[FindingGroup]:
    """By kind, the largest saving first; what has no price comes last."""
    kinds: dict[tuple[str, str], list[FindingFigures]] = {}
    for one in findings:
        kinds.setdefault((one.finding, "" if one.alike else one.where), []).append(one)
    groups = [FindingGroup(tuple(found)) for found in kinds.values()]
    return sorted(groups, key=lambda group: -group.saves.mean if group.saves else math.inf)


def _saves(one: FindingFigures) -> Estimate | None:
    return None if one.saves_us is None else Estimate(one.saves_us, one.saves_low, one.saves_high, 1)


def _amount(one: FindingFigures) -> str:
    saves = _saves(one)
    return one.amount if saves is None else _in_us(saves)


def _in_us(saves: Estimate) -> str:
    return measured(saves, "µs") if saves.half_width is not None else f"{number(saves.mean)} µs"


def _sentences(one: FindingFigures) -> list[str]:
    """The first is the evidence; what follows explains it."""
    return _SENTENCES.split(one.says, maxsplit=1)
