"""What of a comparison fits into what is left of its budget, and which budget would do."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.model.errors import RefusedError
from bench.model.workload import Case
from bench.stats.two_stage import FEWEST
from bench.text.numbers import duration

FOR_PROFILES = 0.15
"""The share of a budget for profiles of what changed."""
BeforeBlocks = Callable[[Sequence[Case]], float]
"""What cases need before their blocks, in s."""
# Where something was spent on a verdict already, it may end this much later: else that would be for nothing.
_OVERRUN = 1.05
# A budget that would do is said with some room: the same command is not to be refused again.
_ROOM, _ROUND_S = 1.1, 5


class BudgetError(RefusedError):
    """A budget without time for a verdict on any case: known before the first block."""


@dataclass(frozen=True)
class BudgetLeft:
    """`spent_s` of a budget whose blocks must have ended at `end_s`; `blocks_s` is what so many blocks of these cases
    take, `made` how many there are already. What looks changed is measured again if it `confirms`; `begun` says whether
    something was spent on these cases already, after they had been found to fit."""

    budget_s: float
    end_s: float
    spent_s: float
    blocks_s: Callable[[Sequence[Case], int], float]
    before_s: BeforeBlocks
    made: int
    confirms: bool
    begun: bool

    def fitting(self, slowest_last: Sequence[Case]) -> Sequence[Case]:
        """As many of the quickest as have time for a verdict. Where only one could be confirmed, or none, there are as
        many as can't be: the launches that they share cost no more."""
        confirmed = self._most(slowest_last, self._least_s)
        return confirmed if len(confirmed) > 1 else self._most(slowest_last, self._unconfirmed_s)

    def reason(self, cases: Sequence[Case]) -> str:
        """Why not all of these cases fit."""
        among = f"with all {len(cases)} cases, " if len(cases) > 1 else ""
        return f"{among}a verdict needs at least --budget {self._needed_s(cases)}s"

    def _needed_s(self, cases: Sequence[Case]) -> int:
        """A budget in which all of these cases have a verdict."""
        needed_s = (self._least_s(cases) if cases else 0.0) + self.budget_s - self.end_s
        return _ROUND_S * math.ceil(_ROOM * needed_s / _ROUND_S)

    def too_small(self, cases: Sequence[Case], quickest: Case) -> BudgetError:
        """Says so, and which would do."""
        one_s, all_s = self._needed_s([quickest]), self._needed_s(cases)
        alone = f", or {one_s}s for only one case (--case)" if all_s > one_s else ""
        return BudgetError(
            f"--budget {self.budget_s:g}s is too small: a verdict needs {FEWEST} blocks of both sides, each of which "
            f"takes about {duration(self.blocks_s([quickest], 1))}; use at least --budget {all_s}s{alone}"
        )

    def _most(self, slowest_last: Sequence[Case], least_s: Callable[[Sequence[Case]], float]) -> Sequence[Case]:
        number = len(slowest_last)
        while number and least_s(slowest_last[:number]) > self.end_s:
            number -= 1
        return slowest_last[:number]

    def _fewest_s(self, cases: Sequence[Case]) -> float:
        """When they have the fewest blocks."""
        fewest_s = self.spent_s + self.before_s(cases) + self.blocks_s(cases, FEWEST - self.made)
        return fewest_s / _OVERRUN if self.begun else fewest_s

    def _unconfirmed_s(self, cases: Sequence[Case]) -> float:
        """The same with room for starts that take longer than the first: nothing else has any to spare."""
        return self._fewest_s(cases) * (1.0 if self.begun else _ROOM)

    def _least_s(self, cases: Sequence[Case]) -> float:
        """When they have a verdict at the earliest. Of several one may look changed, and there must be time to confirm
        it, but for a dear one, and to profile it; not any more once there are blocks."""
        fewest_s = self._fewest_s(cases)
        if self.made or len(cases) < 2 or not self.confirms:
            return fewest_s
        return (fewest_s + min(self.blocks_s([case], FEWEST) for case in cases)) / (1 - FOR_PROFILES)
