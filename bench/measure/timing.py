"""In-process time of every case, child and parent in alternating windows of one process on one core."""

from __future__ import annotations

import itertools
import math
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from time import perf_counter

from bench.measure.pass_spec import PassInputs, PassSpec, launch_s
from bench.model.run import MissingSample, TimingSample, Windows
from bench.model.workload import Case, Pass
from bench.runner import streams
from bench.runner.agent_process import Agent
from bench.runner.call_costs import launches_within
from bench.runner.core_speed import CoreSpeedMonitor, speed_of
from bench.runner.each_case import each_case
from bench.runner.plan import Plan
from bench.runner.streams import CoreStream, Piece

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
    """A sample per case and launch; the launch is the replicate. On each core is a stream of launches; what needs quiet
    is launched alone."""
    failed: set[str] = set()
    speeds: dict[int | None, CoreSpeedMonitor] = {}
    with closing(streams.observe(plan.stream_cores(), _pieces(plan, failed, speeds))) as observed:
        yield from observed


def _pieces(
    plan: Plan, failed: set[str], speeds: dict[int | None, CoreSpeedMonitor]
) -> Iterator[Piece[TimingSample | MissingSample]]:
    quiet = _needing_quiet(plan)
    for launch in range(plan.effort.timing_launches):
        wanted = [case for case in plan.taken_by(Pass.TIMING) if launch < _launches(plan, case)]
        for alone in (False, True):
            if own := [case for case in wanted if (case.id in quiet) is alone]:
                known = {case.id for case in own} | {case.parent_id for case in own}
                prepared = tuple(case for case in wanted if case.id in known)
                plan.random("cases", launch).shuffle(own)
                now = _Launch(replace(plan, cases=prepared), launch, speeds)
                yield Piece(partial(now.observe, own, failed), alone)


def _needing_quiet(plan: Plan) -> set[str]:
    """The ids of the cases that need quiet, or whose parent does: a case is measured beside its parent."""
    quiet = {case.id for case in plan.cases if plan.needs_quiet(case)}
    return {case.id for case in plan.cases if case.id in quiet or case.parent_id in quiet}


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

    def __init__(self, plan: Plan, launch: int, speeds: dict[int | None, CoreSpeedMonitor]) -> None:
        self._plan = plan
        self._launch = launch
        self._speeds = speeds
        self._order = plan.random("arms", launch)
        self._asking = {case.id for case in plan.cases if plan.targets[case.target].services}
        self._calls: dict[str, int] = {}

    def observe(
        self, order: Sequence[Case], failed: set[str], stream: CoreStream
    ) -> Generator[TimingSample | MissingSample]:
        """These cases, in this order."""
        observe = partial(self._observe, stream.core)
        yield from each_case(self._plan.on(stream), Pass.TIMING, self._launch, order, failed, observe)

    def _observe(self, core: int | None, agent: Agent, case: Case, ready: frozenset[str]) -> TimingSample:
        speed = speed_of(core, agent, self._speeds, self._plan.effort.wait_budget_s)
        parent = case.parent_id if case.parent_id in ready else None
        sides = [case.id] if parent is None else [case.id, parent]
        limit_us = speed.quiet_us()  # once a case: it looks through all that the run has seen
        calls = {side: self._calibrated(agent, side, speed, limit_us) for side in sides}
        seen = self._pairs(agent, calls, speed, limit_us)
        windows = {side: windows_of(calls[side], seen[side]) for side in sides}
        return TimingSample(
            case=case.id,
            launch=self._launch,
            core=core,
            hash_seed=self._plan.hash_seed(self._launch),
            windows=windows[case.id],
            parent=parent,
            parent_windows=windows[parent] if parent else None,
        )

    def _calibrated(self, agent: Agent, side: str, speed: CoreSpeedMonitor, limit_us: float) -> int:
        """How many calls fill a window; looked at again when they seem to leave it half empty, as after a moment in
        which somebody else ran. What waits for a database leaves it so for good."""
        if side in self._calls:
            return self._calls[side]
        if self._plan.costs.long(side):
            return 1
        window_us, most = self._plan.effort.window_us, 1
        for _ in range(_CALIBRATIONS):
            speed.wait_for_undisturbed_core(agent, limit_us)
            fit = agent.call("calibrate", case=side, window_us=window_us)
            most = max(most, int(fit["calls"]))
            if fit["calls"] * fit["cpu_us"] >= window_us / 2:
                break
        self._calls[side] = most
        return most

    def _pairs(
        self, agent: Agent, calls: Mapping[str, int], speed: CoreSpeedMonitor, limit_us: float
    ) -> dict[str, list[dict[str, float]]]:
        """Windows of all sides side by side, in random order, until enough of them were quiet or it takes too long.

        How many there will be depends on the reference alone, never on what a window cost.
        """
        wanted = self._plan.effort.pairs
        allowed_s = _SLOW_CASE_FACTOR * wanted * len(calls) * self._plan.effort.window_us / 1e6
        seen: dict[str, list[dict[str, float]]] = {side: [] for side in calls}
        quiet, spent_s = 0, 0.0
        for pairs in itertools.count(1):
            speed.wait_for_undisturbed_core(agent, limit_us)
            start_s = perf_counter()
            for side in self._order.sample(list(calls), len(calls)):
                seen[side].append(self._window(agent, side, calls[side]))
            references_us = [windows[-1]["reference_us"] for windows in seen.values()]
            speed.saw(references_us)
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


def _duration_s(given: PassInputs, _observations: int) -> float:
    """What runs beside others takes as many rounds of launches as the cores need for it."""
    plan, waiting_s, launches_s = given.plan, 0.0, 0.0
    cases = plan.taken_by(Pass.TIMING)
    quiet = _needing_quiet(plan)
    for alone, cores in ((True, 1), (False, len(plan.stream_cores()))):
        own = [case for case in cases if (case.id in quiet) is alone]
        rounds = {case.id: math.ceil(_launches(plan, case) / cores) for case in own}
        waiting_s += sum(rounds.values()) * _WAIT_S
        launches_s += max(rounds.values(), default=0) * launch_s(plan)
        launches_s += sum(rounds[case.id] * _case_s(plan, case) for case in own)
    return min(plan.effort.wait_budget_s / 2, waiting_s) + launches_s


def _case_s(plan: Plan, case: Case) -> float:
    """How long one launch takes for a case, without waiting for an undisturbed core."""
    windows_s = 2 * plan.effort.pairs * plan.effort.window_us / 1e6 + _CALIBRATE_S
    if not plan.costs.long(case.id):
        return windows_s
    return windows_s + plan.costs.call_s(case.id) + _FEWEST_PAIRS * _pair_s(plan, case)


SPEC = PassSpec(
    Pass.TIMING,
    "CPU time in process",
    lambda given: measure(given.plan),
    observations=lambda given: sum(_launches(given.plan, case) for case in given.plan.taken_by(Pass.TIMING)),
    duration_s=_duration_s,
)
