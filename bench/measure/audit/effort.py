"""How much an audit measures: as much as fits the time that its effort has, for the routes that the app has."""

from __future__ import annotations

from dataclasses import dataclass

from bench.model.workload import EffortName


@dataclass(frozen=True)
class AuditEffort:
    """Launches are the replicates; `pairs` are the windows of a case in each, its peeled or timed ones beside them.

    `served_launches` may be 0: nothing is served then, and nothing is counted without `allocations`. Without
    `peel_each` middlewares are left out all together, and not one by one.
    `retained_requests` are those of a block. `fresh_s` is how long the peaks of large answers may take, each in a
    process of its own; `slow_case_s` how long the windows of one case may take in a launch, whatever its calls take.
    """

    peel_launches: int
    part_launches: int
    pairs: int
    served_launches: int
    served_s: float
    retained_launches: int
    retained_requests: int
    startups: int
    waterfall_requests: int
    fresh_s: float
    slow_case_s: float
    wait_budget_s: float
    window_us: float = 6_000
    allocations: bool = True
    peel_each: bool = True

    def window_s(self, call_s: float) -> float:
        """How long a window of a case is: one call of a slow one, and some of any other, for the first after a pause
        is dearer."""
        return max(call_s * (1 if call_s >= SLOW_CALL_S else FEWEST_CALLS), min(self.window_us / 1e6, 10 * call_s))


MEASURE_LONGER = "measure fewer routes with --case, or longer: without --quick, or with --full"
"""The step to take where there was no time for something."""
FEWEST_CALLS, SLOW_CALL_S = 4, 0.02

BUDGET_S = {EffortName.QUICK: 43.0, EffortName.DEFAULT: 170.0, EffortName.FULL: 1_500.0}
"""What an audit may take in all; finding the routes and asking them counts as half of it at most."""

_QUICK = (
    AuditEffort(4, 4, 6, 1, 0.4, 3, 20, 2, 20, 6.0, 1.0, 5.0),
    AuditEffort(4, 3, 5, 1, 0.3, 3, 12, 2, 10, 5.0, 0.5, 4.0, 4_000),
    AuditEffort(3, 3, 4, 1, 0.2, 2, 6, 2, 8, 4.0, 0.3, 3.0, 3_000),
    AuditEffort(3, 3, 3, 1, 0.2, 1, 5, 2, 6, 4.0, 0.3, 2.0, 3_000),
    AuditEffort(3, 3, 4, 0, 0.0, 2, 5, 1, 8, 4.0, 0.3, 3.0, 3_000, allocations=False),
    AuditEffort(3, 3, 3, 0, 0.0, 1, 4, 1, 5, 3.0, 0.2, 2.0, 2_000, allocations=False),
    AuditEffort(3, 3, 3, 0, 0.0, 1, 2, 1, 3, 2.0, 0.1, 0.5, 2_000, allocations=False, peel_each=False),
)
_DEFAULT = (
    AuditEffort(8, 8, 12, 4, 1.0, 4, 40, 4, 50, 20.0, 2.0, 20.0),
    AuditEffort(7, 6, 8, 3, 0.6, 4, 20, 3, 40, 15.0, 1.5, 20.0),
    AuditEffort(6, 5, 6, 3, 0.4, 3, 16, 3, 30, 12.0, 1.0, 15.0),
    AuditEffort(5, 4, 5, 2, 0.3, 3, 12, 2, 20, 8.0, 0.6, 12.0, 5_000),
    AuditEffort(4, 4, 4, 1, 0.3, 3, 8, 2, 10, 6.0, 0.4, 10.0, 4_000),
    AuditEffort(3, 3, 4, 1, 0.2, 3, 5, 2, 8, 4.0, 0.3, 8.0, 3_000),
    AuditEffort(3, 3, 3, 0, 0.0, 2, 4, 1, 5, 4.0, 0.2, 5.0, 3_000),
    AuditEffort(3, 3, 3, 0, 0.0, 2, 4, 1, 5, 4.0, 0.2, 5.0, 3_000, allocations=False),
    AuditEffort(3, 3, 3, 0, 0.0, 2, 4, 1, 5, 4.0, 0.2, 5.0, 3_000, allocations=False, peel_each=False),
)
_FULL = (
    AuditEffort(16, 16, 16, 8, 2.0, 8, 60, 8, 100, 120.0, 6.0, 120.0),
    AuditEffort(12, 12, 12, 6, 1.0, 6, 40, 6, 60, 60.0, 4.0, 90.0),
    *_DEFAULT,
)
LEVELS = {EffortName.QUICK: _QUICK, EffortName.DEFAULT: _DEFAULT, EffortName.FULL: _FULL}
"""Of each effort, the most first."""
