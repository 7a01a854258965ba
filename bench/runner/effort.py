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
    `server_rounds` is how many windows of `server_window_s` each server has in a launch of the server pass, which looks
    at the servers of so many `server_cases`.
    `connections` are how many are held open at once, one number after the other (streams and WebSockets: the first),
    `held_idle_s` how long nobody asks for anything meanwhile, `stream_idle_s` the same of streams and WebSockets, to
    which servers send pings.
    The first of `startup_launches` learns what the app imports. Each of the others may come with one in which clocks
    take building apart (`build_launches`), and one in which memray counts what is held (`at_rest_launches`).
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
    server_cases: int = 1
    server_launches: int = 1
    server_rounds: int = 5
    server_window_s: float = 0.04
    connection_launches: int = 1
    connections: tuple[int, ...] = (200,)
    held_idle_s: float = 0.2
    stream_idle_s: float = 0.2
    startup_launches: int = 2
    build_launches: int = 1
    at_rest_launches: int = 1


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
        server_launches=3,
        server_rounds=6,
        connection_launches=3,
        connections=(1_000,),
        held_idle_s=0.2,
        startup_launches=4,
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
        server_cases=2,
        server_launches=8,
        server_rounds=16,
        connection_launches=5,
        connections=(1_000, 10_000),
        held_idle_s=2.0,
        stream_idle_s=22.0,
        startup_launches=16,
        build_launches=6,
        at_rest_launches=3,
    ),
}
