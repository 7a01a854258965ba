"""The boundaries pass: a served case under a closed load, and what its layers take by clocks between them."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from bench.catalog.scenarios import hot
from bench.load.locust_process import drive
from bench.load.messages import LoadSpec, Outcome
from bench.measure.job import Job
from bench.measure.pass_spec import PassSpec
from bench.model.boundaries import BoundarySample
from bench.model.run import MissingSample
from bench.model.workload import Pass
from bench.runner.agent_process import Agent, AgentError
from bench.runner.plan import Plan
from bench.serving.address import LOOPBACK, ServerUrl
from bench.serving.errors import LoadError
from bench.serving.expected import reference
from bench.serving.readiness import await_right_answer

_WARMUP_S = 0.3
# The client goes on for longer: one turn of windows is always made, and a slow app may have to answer every user before
# each of the turn's looks at a clock.
_BEYOND_S, _LOOKS = 0.4, 12
_LATEST_S = 60.0
_SERVE_S = 1.9


def measure(plan: Plan) -> Generator[BoundarySample | MissingSample]:
    """A sample of each witnessed case in each launch; one that fails is an absence, and isn't tried again."""
    scenario, file = hot()
    failed: set[str] = set()
    for launch in range(plan.effort.boundary_launches):
        for case in plan.witnessed_cases():
            if case.id in failed:
                continue
            try:
                yield _sample(Job(plan, case, scenario, file), launch)
            except (AgentError, LoadError) as error:
                failed.add(case.id)
                yield MissingSample.invalid(case.id, Pass.BOUNDARIES, error)


def _sample(job: Job, launch: int) -> BoundarySample:
    plan, duration_s = job.plan, job.plan.effort.boundary_s
    with plan.launch(launch) as agent:
        served = agent.call("serve_timed", target=job.case.target, host=LOOPBACK)
        exchange = reference(plan, job.case, agent)
        await_right_answer(exchange, ServerUrl.loopback(served["port"]))
        answer_s = await_right_answer(exchange, ServerUrl.loopback(served["port"]))
        beyond_s = _BEYOND_S + _LOOKS * job.scenario.users * answer_s
        order = LoadSpec(exchange=exchange, warmup_s=_WARMUP_S, duration_s=duration_s + beyond_s)
        agent.send("boundaries", warmup_s=_WARMUP_S, duration_s=duration_s)
        seen = drive(order, job.file, port=served["port"], users=job.scenario.users, cores=plan.cores.client)
        return _of(job, launch, seen, agent, served["server"])


def _of(job: Job, launch: int, seen: Outcome, agent: Agent, server: str) -> BoundarySample:
    """What both sides say. Raises AgentError."""
    windows: dict[str, Any] = agent.answer("boundaries", timeout_s=_LATEST_S)
    idle = agent.call("served")["idle_references_us"]
    end_s = windows.pop("end_s")
    return BoundarySample(
        case=job.case.id,
        launch=launch,
        hash_seed=job.plan.hash_seed(launch),
        users=job.scenario.users,
        errors=seen.errors,
        verified=seen.verified,
        loaded_on_s=seen.begin_s + seen.duration_s - end_s,
        idle_reference_us=tuple(round(us, 3) for us in idle),
        server=server,
        server_cores=job.plan.cores.measured or (),
        client_cores=job.plan.cores.client or (),
        **windows,
    )


SPEC = PassSpec(
    Pass.BOUNDARIES,
    "boundaries under load",
    lambda given: measure(given.plan),
    observations=lambda given: given.plan.effort.boundary_launches * len(given.plan.witnessed_cases()),
    duration_s=lambda given, made: made * (_SERVE_S + given.plan.effort.boundary_s),
)
