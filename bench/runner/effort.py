"""How much a run measures: one table of the three efforts, and nothing else that decides how long things take."""

from __future__ import annotations

from dataclasses import dataclass

from bench.model.workload import EffortName


@dataclass(frozen=True)
class Effort:
    """Launches are the replicates: fewer of them widen every interval, and shorter windows add noise.

    `pairs` is how many quiet windows a case is to have in a launch, its parent's beside them; `wait_budget_s` how long
    the run may wait for each core that somebody slows, in all.
    `boundary_s` is how long a boundaries launch takes for its windows, of which half are timed.
    `memory_case_s` is how long the launches of one case's memory may take together, but for the first; `slow_case_s`
    those of a case in any other pass, but for as many as an interval needs.
    """

    timing_launches: int
    pairs: int
    wait_budget_s: float
    window_us: float
    allocation_launches: int
    load_launches: int
    load_share: float
    memory_launches: int
    memory_case_s: float
    profile_s: float
    suite_max_s: float
    boundary_launches: int = 1
    boundary_s: float = 0.5
    slow_case_s: float = 15.0


EFFORTS = {
    EffortName.QUICK: Effort(
        timing_launches=6,
        pairs=8,
        wait_budget_s=12.0,
        window_us=3_000,
        allocation_launches=2,
        load_launches=1,
        load_share=0.25,
        memory_launches=2,
        memory_case_s=6.0,
        profile_s=0.6,
        suite_max_s=0.1,
    ),
    EffortName.DEFAULT: Effort(
        timing_launches=7,
        pairs=8,
        wait_budget_s=50.0,
        window_us=3_000,
        allocation_launches=2,
        load_launches=3,
        load_share=0.3,
        memory_launches=3,
        memory_case_s=16.0,
        profile_s=1.5,
        suite_max_s=0.3,
        boundary_launches=4,
        boundary_s=1.0,
        slow_case_s=40.0,
    ),
    EffortName.FULL: Effort(
        timing_launches=12,
        pairs=25,
        wait_budget_s=400.0,
        window_us=3_000,
        allocation_launches=3,
        load_launches=5,
        load_share=1.5,
        memory_launches=10,
        memory_case_s=60.0,
        profile_s=8.0,
        suite_max_s=1.0,
        boundary_launches=8,
        boundary_s=2.0,
        slow_case_s=240.0,
    ),
}
