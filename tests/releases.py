"""Histories of a package whose truth is known, and what comparisons of its releases say of them."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.analysis.series.release_figures import ReleaseLine
from bench.analysis.series.release_pairs import Quantity, ReleasePair
from bench.analysis.series.release_plan import NextPair, next_pair
from bench.analysis.series.release_steps import lines
from bench.analysis.series.steps import AnchoredCase
from bench.stats import two_stage

MARGIN = 0.03
DF, BLOCKS = 11.0, 16


def quantity(name: str) -> Quantity:
    return Quantity(f"{name}:one", "cpu_us")


def minors(number: int) -> tuple[str, ...]:
    return tuple(f"0.{one}.0" for one in range(100, 100 + number))


@dataclass
class History:
    """`changes` are ln steps by case and release; of all that is measured, `errors` are the standard errors of a
    comparison with the anchor and of a direct one. A release of `refused` can't be resolved, a (case, release) of
    `invalid` has no figure."""

    known: Sequence[str]
    names: Sequence[str]
    changes: Mapping[tuple[str, str], float] = field(default_factory=dict)
    planned: Sequence[str] | None = None
    errors: tuple[tuple[float, float], tuple[float, float]] = ((0.003, 0.008), (0.003, 0.005))
    refused: frozenset[str] = frozenset()
    invalid: frozenset[tuple[str, str]] = frozenset()
    anchor: str | None = None
    seed: int = 0
    pairs: list[ReleasePair] = field(default_factory=list)
    asked: list[NextPair] = field(default_factory=list)

    @property
    def anchored(self) -> str:
        return self.anchor or self.known[-1]

    @property
    def quantities(self) -> list[Quantity]:
        return [quantity(name) for name in self.names]

    def next(self) -> NextPair | None:
        planned = self.known if self.planned is None else self.planned
        return next_pair(planned, self.known, self.anchored, self.quantities, self.pairs, MARGIN)

    def measured(self, most: int = 1000) -> History:
        """With everything measured that is asked for."""
        for _ in range(most):
            ask = self.next()
            if ask is None:
                return self
            self.asked.append(ask)
            self.pairs.append(self.pair(ask))
        return self

    @property
    def lines(self) -> tuple[ReleaseLine, ...]:
        return lines(self.known, self.anchored, self.quantities, self.pairs, MARGIN)

    @property
    def confirmed(self) -> dict[tuple[str, str], float]:
        """ln of the confirmed steps, by case and release."""
        return {
            (step.case.partition(":")[0], step.newer): math.log(step.best.ratio or 0.0)
            for line in self.lines
            for step in line.steps
            if step.confirmed
        }

    def pair(self, ask: NextPair) -> ReleasePair:
        if {ask.base, ask.head} & self.refused:
            return ReleasePair(ask.base, ask.head, "cpu_us", {}, reason="no solution found")
        names = [name for name in self.names if not ask.cases or f"{name}:one" in ask.cases]
        return ReleasePair(ask.base, ask.head, "cpu_us", {quantity(name): self._said(name, ask) for name in names})

    def _said(self, name: str, ask: NextPair) -> AnchoredCase:
        if {(name, ask.base), (name, ask.head)} & self.invalid:
            return AnchoredCase(None, reason="response differs")
        rng = random.Random(f"{self.seed} {name} {ask.base} {ask.head} {len(self.pairs)}")
        error = rng.uniform(*self.errors[0 if ask.of_anchor else 1])
        true = self._cost(name, ask.head) - self._cost(name, ask.base)
        return AnchoredCase(two_stage.known(true + rng.gauss(0, error), error, DF, BLOCKS))

    def _cost(self, name: str, release: str) -> float:
        order = list(self.known)
        return sum(
            by for (case, at), by in self.changes.items() if case == name and order.index(at) <= order.index(release)
        )
