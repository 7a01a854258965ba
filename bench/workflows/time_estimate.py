"""How long each pass will take, for the progress bar: from the plan alone, before anything is measured."""

from __future__ import annotations

from bench.measure.load_pass import Loads
from bench.model.workload import Case, Pass
from bench.runner.plan import Plan

# Seconds, as seen on small virtual machines; only the time left depends on them.
_LAUNCH_S = 1.5
_CALIBRATE_S = 0.05
_COUNT_S = 0.2
_SERVE_S = 2.4
_CEILING_S = 2.2
_MEET_S = 3.5
_SEARCH_STEPS = 11
_TIMED_S = 1.9
_PEAK_S = 0.8
_ROW_S = 10e-6
_FACT_S = 0.02
_SERVE_PROFILED_S = 3.0


def observations(plan: Plan, during: Pass, loads: Loads) -> int:
    """How many observations a pass makes when nothing fails."""
    cases = len(plan.taken_by(during))
    match during:
        case Pass.TIMING:
            return plan.effort.timing_launches * cases
        case Pass.ALLOCATIONS:
            return plan.effort.allocation_launches * cases
        case Pass.LOAD:
            return _served(plan, loads)
        case Pass.BOUNDARIES:
            return plan.effort.boundary_launches * len(plan.witnessed_cases())
        case Pass.MEMORY:
            return sum(_peaks(plan, case) for case in plan.taken_by(during))
        case _:
            return cases


def expected_s(plan: Plan, during: Pass, loads: Loads) -> float:
    """How long a pass should take."""
    effort = plan.effort
    made = observations(plan, during, loads)
    windows_s = 2 * effort.pairs * effort.window_us / 1e6
    each = {
        Pass.TIMING: effort.wait_budget_s / 2 + effort.timing_launches * _LAUNCH_S + made * (windows_s + _CALIBRATE_S),
        Pass.ALLOCATIONS: effort.allocation_launches * _LAUNCH_S + made * _COUNT_S,
        Pass.LOAD: _served_s(plan, loads),
        Pass.BOUNDARIES: made * (_TIMED_S + effort.boundary_s),
        Pass.MEMORY: sum(_peaks(plan, case) * _peak_s(plan, case) for case in plan.taken_by(Pass.MEMORY)),
        Pass.FACTS: _LAUNCH_S + made * _FACT_S,
        Pass.PROFILE: _LAUNCH_S + made * effort.profile_s * 1.25,
        Pass.SERVED_PROFILE: made * (_SERVE_PROFILED_S + effort.profile_s * 1.75),
        Pass.SUITE: _LAUNCH_S + made * (effort.suite_max_s + 0.15),
    }
    return each[during] if made else 0.0


def _served(plan: Plan, loads: Loads) -> int:
    """How many servers are loaded; a search takes as many as it takes."""
    launches = _SEARCH_STEPS if loads.objective else plan.effort.load_launches
    return launches * len(loads.jobs(plan))


def _served_s(plan: Plan, loads: Loads) -> float:
    """Each for its scenario's time; and once for each job the client alone."""
    launches = _SEARCH_STEPS if loads.objective else plan.effort.load_launches
    meeting_s = _MEET_S if loads.setting.crew.workers else 0.0
    return sum(
        launches * (job.scenario.duration_s * plan.effort.load_share * 1.25 + _SERVE_S + meeting_s)
        + _CEILING_S
        + meeting_s
        for job in loads.jobs(plan)
    )


def _peaks(plan: Plan, case: Case) -> int:
    """How many launches a case's memory gets: fewer when it takes long."""
    return max(1, min(plan.effort.memory_launches, int(plan.effort.memory_case_s / _peak_s(plan, case))))


def _peak_s(plan: Plan, case: Case) -> float:
    rows = plan.targets[case.target].requests[case.request].expect.rows or 0
    return _PEAK_S + rows * _ROW_S
