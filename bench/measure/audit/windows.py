"""Windows of one request in several forms, side by side on one core."""

from __future__ import annotations

import random
from collections.abc import Sequence
from time import perf_counter

from bench.measure.audit.effort import FEWEST_CALLS, SLOW_CALL_S
from bench.measure.audit.inputs import AuditInputs
from bench.measure.timing import windows_of
from bench.model.run import Windows
from bench.model.workload import Case
from bench.runner.agent_process import Agent
from bench.runner.core_speed import CoreSpeedMonitor, speed_of

_FEWEST_ROUNDS = 3
# Rounds of one case in one launch may take this many times what so many ordinary windows take, waiting apart.
_SLOW_CASE_FACTOR = 2.0


def core_speed(inputs: AuditInputs, agent: Agent) -> CoreSpeedMonitor:
    """What is known of the core on which a stream works. Raises AgentError."""
    return speed_of(inputs.core, agent, inputs.speeds, inputs.effort.wait_budget_s)


def calibrated(inputs: AuditInputs, agent: Agent, case: Case) -> int:
    """How many calls of a case fill a window: the same in all passes, whose figures have to add up."""
    if case.id not in inputs.calls:
        calls = 1
        if inputs.plan.costs.call_s(case.id) < SLOW_CALL_S:
            fit = agent.call("calibrate", case=case.id, window_us=inputs.effort.window_us)
            calls = max(FEWEST_CALLS, int(fit["calls"]))
        inputs.calls.setdefault(case.id, calls)  # another stream may have been first
    return inputs.calls[case.id]


def side_by_side(
    inputs: AuditInputs, agent: Agent, case: Case, sides: Sequence[str], calls: int, order: random.Random
) -> dict[str, Windows]:
    """Windows of every side, in rounds of a random order, until each has enough on an undisturbed core or it takes too
    long. How many there will be depends on the reference alone, never on what a window cost. Raises AgentError."""
    core, wanted = core_speed(inputs, agent), inputs.windows(case, inputs.effort.pairs)
    allowed_s = _SLOW_CASE_FACTOR * wanted * len(sides) * inputs.window_s(case)
    limit_us, limit_s = core.quiet_us(), inputs.plan.costs.time_limit_s(case.id, calls)
    seen: dict[str, list[dict[str, float]]] = {side: [] for side in sides}
    quiet, spent_s, rounds = dict.fromkeys(sides, 0), 0.0, 0
    while min(quiet.values()) < wanted and (rounds < _FEWEST_ROUNDS or spent_s < allowed_s):
        core.wait_for_undisturbed_core(agent, limit_us)
        start_s = perf_counter()
        for side in order.sample(list(sides), len(sides)):
            seen[side].append(agent.call("window", timeout_s=limit_s, case=side, calls=calls))
        references_us = {side: windows[-1]["reference_us"] for side, windows in seen.items()}
        core.saw(references_us.values())
        for side, reference_us in references_us.items():
            quiet[side] += reference_us <= limit_us
        spent_s += perf_counter() - start_s
        rounds += 1
    return {side: windows_of(calls, windows) for side, windows in seen.items()}
