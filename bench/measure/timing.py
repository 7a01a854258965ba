"""In-process time of every case, child and parent in alternating windows of one process on one core."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Mapping
from dataclasses import replace
from time import perf_counter

from bench.measure.pass_spec import LAUNCH_S, PassInputs, PassSpec
from bench.model.run import MissingSample, TimingSample, Windows
from bench.model.workload import Case, Pass
from bench.runner.agent_process import Agent
from bench.runner.call_costs import launches_within
from bench.runner.core_speed import FIRST_REFERENCES, CoreSpeedMonitor
from bench.runner.each_case import each_case
from bench.runner.plan import Plan

# A case so slow that one call overfills a window gets fewer pairs, but never fewer than these.
_FEWEST_PAIRS = 3
# Pairs of one case in one launch may take this many times what so many ordinary windows take, waiting apart.
_SLOW_CASE_FACTOR = 3.0
_CALIBRATIONS = 3
# An interval of two launches is six times as wide as one of three.
_FEWEST_LAUNCHES = 3
_CALIBRATE_S = 0.05
# What is waited for an undisturbed core, in the mean over a case and launch.
_WAIT_S = 0.1


def measure(plan: Plan) -> Generator[TimingSample | MissingSample]:
    """A sample per case and launch; the launch is the replicate."""
    failed: set[str] = set()
    core = CoreSpeedMonitor(plan.effort.wait_budget_s)
    with plan.launch(0) as agent:
        core.saw(agent.call("references", count=FIRST_REFERENCES))
    for launch in range(plan.effort.timing_launches):
        order = [case for case in plan.taken_by(Pass.TIMING) if launch < _launches(plan, case)]
        now = replace(plan, cases=tuple(order))
        plan.random("cases", launch).shuffle(order)
        yield from each_case(now, Pass.TIMING, launch, order, failed, _Launch(plan, launch, core).observe)


def _launches(plan: Plan, case: Case) -> int:
    """How many a case gets: fewer of a slow one, whose call is asked for once to prepare it and once a window."""
    calls_s = plan.costs.call_s(case.id) + _FEWEST_PAIRS * _pair_s(plan, case)
    most = plan.effort.timing_launches
    return launches_within(plan.effort.slow_case_s, calls_s, most=most, least=_FEWEST_LAUNCHES)


def _pair_s(plan: Plan, case: Case) -> float:
    """One call of the case, and one of its parent."""
    return plan.costs.call_s(case.id) + plan.costs.call_s(case.parent_id or "")


class _Launch:
    """One launch of every case: the replicate, with an order of its own."""

    def __init__(self, plan: Plan, launch: int, core: CoreSpeedMonitor) -> None:
        self._plan = plan
        self._launch = launch
        self._core = core
        self._order = plan.random("arms", launch)
        self._asking = {case.id for case in plan.cases if plan.targets[case.target].services}
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
        if self._plan.costs.long(side):
            return 1
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
        database = self._plan.database if side in self._asking else None
        before_s = database.cpu_s() if database else None
        limit_s = self._plan.costs.time_limit_s(side, calls)
        window: dict[str, float] = agent.call("window", timeout_s=limit_s, case=side, calls=calls)
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
    plan, effort = given.plan, given.plan.effort
    windows_s = 2 * effort.pairs * effort.window_us / 1e6 + _CALIBRATE_S
    slow_s = sum(
        _launches(plan, case) * (plan.costs.call_s(case.id) + _FEWEST_PAIRS * _pair_s(plan, case))
        for case in plan.taken_by(Pass.TIMING)
        if plan.costs.long(case.id)
    )
    waiting_s = min(effort.wait_budget_s / 2, observations * _WAIT_S)
    launches = max((_launches(plan, case) for case in plan.taken_by(Pass.TIMING)), default=0)
    return waiting_s + (launches + 1) * LAUNCH_S + observations * windows_s + slow_s


SPEC = PassSpec(
    Pass.TIMING,
    "CPU time in process",
    lambda given: measure(given.plan),
    observations=lambda given: sum(_launches(given.plan, case) for case in given.plan.taken_by(Pass.TIMING)),
    duration_s=_duration_s,
)
