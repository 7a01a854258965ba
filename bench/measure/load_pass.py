"""The load pass: every scenario over its cases, launch by launch, or the search for the highest rate of each."""

from __future__ import annotations

from collections.abc import Generator

from bench.measure.job import Job, Loads
from bench.measure.load import loaded_s, measure, slow_s, warmup_s
from bench.measure.pass_spec import PassInputs, PassSpec, launch_s
from bench.measure.rate_search import search
from bench.model.load import Ceiling, LoadSample, SearchSample
from bench.model.run import MissingSample
from bench.model.workload import Pass
from bench.runner.call_costs import launches_within
from bench.runner.plan import Plan
from bench.serving.errors import LoadError

# Seconds.
_SERVE_S = 2.4
_CEILING_S = 2.2
_MEET_S = 3.5
# What a search usually takes: ten short trials, and five that are four times as long, so fifteen times longer in all.
_SEARCH_STEPS, _SEARCH_LONGER = 15, 15


def run(plan: Plan, loads: Loads) -> Generator[LoadSample | SearchSample | MissingSample]:
    """Samples as they are made; one that fails is an absence, and isn't tried again. A search comes again and again, as
    far as it has got."""
    if loads.objective is not None:
        for job in loads.jobs(plan):
            try:
                yield from search(job, loads.objective)
            except LoadError as error:
                yield MissingSample.invalid(job.case.id, Pass.LOAD, error, job.scenario.name)
        return
    failed: set[tuple[str, str]] = set()
    reached: dict[tuple[str, str], Ceiling | None] = {}
    for launch in range(plan.effort.load_launches):
        for job in loads.jobs(plan):
            key = (job.scenario.name, job.case.id)
            if key in failed or launch >= _launches(loads, job):
                continue
            try:
                sample = measure(job, launch, reached.get(key))
            except LoadError as error:
                failed.add(key)
                yield MissingSample.invalid(job.case.id, Pass.LOAD, error, job.scenario.name)
            else:
                reached[key] = sample.ceiling
                yield sample


def _launches(loads: Loads, job: Job) -> int:
    """Fewer of a slow case; a search takes as many as it takes."""
    if loads.objective:
        return _SEARCH_STEPS
    effort = job.plan.effort
    return launches_within(effort.slow_case_s, slow_s(job), most=effort.load_launches)


def _duration_s(given: PassInputs, _observations: int) -> float:
    """Each for its scenario's time; and once for each job the client alone."""
    paced_s = given.plan.costs.paced_s
    meeting_s = paced_s(_MEET_S) if given.loads.setting.crew.workers else 0.0
    serve_s = launch_s(given.plan, _SERVE_S) + given.plan.costs.lifespan_s
    return sum(
        _launches(given.loads, job) * (loaded_s(job) + warmup_s(loaded_s(job)) + serve_s + meeting_s + slow_s(job))
        + paced_s(_CEILING_S)
        + meeting_s
        + (_SEARCH_LONGER * loaded_s(job) if given.loads.objective else 0.0)
        for job in given.loads.jobs(given.plan)
    )


SPEC = PassSpec(
    Pass.LOAD,
    "under load",
    lambda given: run(given.plan, given.loads),
    observations=lambda given: sum(_launches(given.loads, job) for job in given.loads.jobs(given.plan)),
    duration_s=_duration_s,
)
