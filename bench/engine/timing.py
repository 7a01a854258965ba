"""In-process time of every case, child and parent in alternating windows of one process on one core."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from random import Random

from bench.engine.cases import each_case
from bench.engine.launch import Agent
from bench.engine.plan import Plan
from bench.model import Absence, Case, Pass, TimingSample, Windows

# A case so slow that one call overfills a window gets fewer pairs, but never fewer than these.
_FEWEST_PAIRS = 3
# Pairs of one case in one launch may take this many times what pairs of ordinary windows take.
_SLOW_CASE_FACTOR = 3.0


def measure(plan: Plan) -> Generator[TimingSample | Absence]:
    """A sample per case and launch; the launch is the replicate."""
    failed: set[str] = set()
    for launch in range(plan.effort.timing_launches):
        order = plan.taken_by(Pass.TIMING)
        plan.random("cases", launch).shuffle(order)
        observe = partial(_observe, plan, launch, plan.random("arms", launch))
        yield from each_case(plan, Pass.TIMING, launch, order, failed, observe)


def _observe(plan: Plan, launch: int, order: Random, agent: Agent, case: Case, ready: frozenset[str]) -> TimingSample:
    parent = case.parent_id if case.parent_id in ready else None
    arms = [case.id] if parent is None else [case.id, parent]
    fits = {arm: agent.call("calibrate", case=arm, window_us=plan.effort.window_us) for arm in arms}
    pairs = _affordable_pairs(plan, [max(fit["wall_us"], plan.effort.window_us) for fit in fits.values()])
    seen: dict[str, list[dict[str, float]]] = {arm: [] for arm in arms}
    for _ in range(pairs):
        for arm in order.sample(arms, len(arms)):
            seen[arm].append(_window(plan, agent, arm, fits[arm]["calls"]))
    windows = {arm: _windows(int(fits[arm]["calls"]), seen[arm]) for arm in arms}
    return TimingSample(
        case=case.id,
        launch=launch,
        hash_seed=plan.hash_seed(launch),
        windows=windows[case.id],
        parent=parent,
        parent_windows=windows[parent] if parent else None,
    )


def _window(plan: Plan, agent: Agent, arm: str, calls: float) -> dict[str, float]:
    """One window, with what the database spent meanwhile if the arm's target asks one."""
    asks = plan.database is not None and plan.targets[arm.partition(":")[0]].services
    before_s = plan.database.cpu_s() if plan.database and asks else None
    window: dict[str, float] = agent.call("window", case=arm, calls=calls)
    after_s = plan.database.cpu_s() if plan.database and asks else None
    if before_s is None or after_s is None:
        return window
    return window | {"database_us": round((after_s - before_s) / calls * 1e6, 4)}


def _windows(calls: int, seen: list[dict[str, float]]) -> Windows:
    return Windows(
        calls=calls,
        cpu_us=tuple(one["cpu_us"] for one in seen),
        wall_us=tuple(one["wall_us"] for one in seen),
        gc_us=tuple(one["gc_us"] for one in seen),
        reference_us=tuple(one["reference_us"] for one in seen),
        database_us=tuple(one["database_us"] for one in seen) if "database_us" in seen[0] else None,
    )


def _affordable_pairs(plan: Plan, window_us: list[float]) -> int:
    allowed_us = _SLOW_CASE_FACTOR * plan.effort.pairs * plan.effort.window_us * len(window_us)
    return max(_FEWEST_PAIRS, min(plan.effort.pairs, int(allowed_us / sum(window_us))))
