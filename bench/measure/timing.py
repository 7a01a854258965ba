"""In-process time of every case, child and parent in alternating windows of one process on one core."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Mapping
from time import perf_counter

from bench.measure.pass_spec import LAUNCH_S, PassInputs, PassSpec
from bench.model.run import MissingSample, TimingSample, Windows
from bench.model.workload import Case, Pass
from bench.runner.agent_process import Agent
from bench.runner.core_speed import FIRST_REFERENCES, CoreSpeedMonitor
from bench.runner.each_case import each_case
from bench.runner.plan import Plan

# A case so slow that one call overfills a window gets fewer pairs, but never fewer than these.
_FEWEST_PAIRS = 3
# Pairs of one case in one launch may take this many times what so many ordinary windows take, waiting apart.
_SLOW_CASE_FACTOR = 3.0
_CALIBRATIONS = 3
_CALIBRATE_S = 0.05


def measure(plan: Plan) -> Generator[TimingSample | MissingSample]:
    """A sample per case and launch; the launch is the replicate."""
    failed: set[str] = set()
    core = CoreSpeedMonitor(plan.effort.wait_budget_s)
    with plan.launch(0) as agent:
        core.saw(agent.call("references", count=FIRST_REFERENCES))
    for launch in range(plan.effort.timing_launches):
        order = plan.taken_by(Pass.TIMING)
        plan.random("cases", launch).shuffle(order)
        yield from each_case(plan, Pass.TIMING, launch, order, failed, _Launch(plan, launch, core).observe)


class _Launch:
    """One launch of every case: the replicate, with an order of its own."""

    def __init__(self, plan: Plan, launch: int, core: CoreSpeedMonitor) -> None:
        self._plan = plan
        self._launch = launch
        self._core = core
        self._order = plan.random("arms", launch)
        self._calls: dict[str, int] = {}

    def observe(self, agent: Agent, case: Case, ready: frozenset[str]) -> TimingSample:
        parent = case.parent_id if case.parent_id in ready else None
        sides = [case.id] if parent is None else [case.id, parent]
        limit_us = self._core.quiet_us()  # once a case: it looks through all that the run has seen
        calls = {side: self._calibrated(agent, side, limit_us) for side in sides}
        seen = self._pairs(agent, calls, limit_us)
        windows = {side: windows_of(calls[side], seen[side]) for side in sides}
        return TimingSample(
            case=case.id,
            launch=self._launch,
            hash_seed=self._plan.hash_seed(self._launch),
            windows=windows[case.id],
            parent=parent,
            parent_windows=windows[parent] if parent else None,
        )

    def _calibrated(self, agent: Agent, side: str, limit_us: float) -> int:
        """How many calls fill a window; looked at again when they seem to leave it half empty, as after a moment in
        which somebody else ran. What waits for a database leaves it so for good."""
        if side in self._calls:
            return self._calls[side]
        window_us, most = self._plan.effort.window_us, 1
        for _ in range(_CALIBRATIONS):
            self._core.wait_for_undisturbed_core(agent, limit_us)
            fit = agent.call("calibrate", case=side, window_us=window_us)
            most = max(most, int(fit["calls"]))
            if fit["calls"] * fit["cpu_us"] >= window_us / 2:
                break
        self._calls[side] = most
        return most

    def _pairs(self, agent: Agent, calls: Mapping[str, int], limit_us: float) -> dict[str, list[dict[str, float]]]:
        """Windows of all sides side by side, in random order, until enough of them were quiet or it takes too long.

        How many there will be depends on the reference alone, never on what a window cost.
        """
        wanted = self._plan.effort.pairs
        allowed_s = _SLOW_CASE_FACTOR * wanted * len(calls) * self._plan.effort.window_us / 1e6
        seen: dict[str, list[dict[str, float]]] = {side: [] for side in calls}
        quiet, spent_s = 0, 0.0
        for pairs in itertools.count(1):
            self._core.wait_for_undisturbed_core(agent, limit_us)
            start_s = perf_counter()
            for side in self._order.sample(list(calls), len(calls)):
                seen[side].append(self._window(agent, side, calls[side]))
            references_us = [windows[-1]["reference_us"] for windows in seen.values()]
            self._core.saw(references_us)
            quiet += max(references_us) <= limit_us
            spent_s += perf_counter() - start_s
            over = pairs >= _FEWEST_PAIRS and spent_s >= allowed_s
            if quiet >= wanted or over:
                break
        return seen

    def _window(self, agent: Agent, side: str, calls: int) -> dict[str, float]:
        """One window, with what the database spent meanwhile if the side's target asks one."""
        asks = self._plan.targets[side.partition(":")[0]].services
        database = self._plan.database if asks else None
        before_s = database.cpu_s() if database else None
        window: dict[str, float] = agent.call("window", case=side, calls=calls)
        after_s = database.cpu_s() if database else None
        if before_s is None or after_s is None:
            return window
        return window | {"database_us": round((after_s - before_s) / calls * 1e6, 4)}


def windows_of(calls: int, seen: list[dict[str, float]]) -> Windows:
    """What an agent said of its windows, as a sample keeps it."""
    return Windows(
        calls=calls,
        cpu_us=tuple(one["cpu_us"] for one in seen),
        wall_us=tuple(one["wall_us"] for one in seen),
        gc_us=tuple(one["gc_us"] for one in seen),
        reference_us=tuple(one["reference_us"] for one in seen),
        database_us=tuple(one["database_us"] for one in seen) if all("database_us" in one for one in seen) else None,
    )


def _duration_s(given: PassInputs, observations: int) -> float:
    effort = given.plan.effort
    windows_s = 2 * effort.pairs * effort.window_us / 1e6
    launches_s = effort.timing_launches * LAUNCH_S
    return effort.wait_budget_s / 2 + launches_s + observations * (windows_s + _CALIBRATE_S)


SPEC = PassSpec(
    Pass.TIMING,
    "CPU time in process",
    lambda given: measure(given.plan),
    observations=lambda given: given.plan.effort.timing_launches * len(given.plan.taken_by(Pass.TIMING)),
    duration_s=_duration_s,
)
