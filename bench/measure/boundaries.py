"""The boundaries pass: a served case under a closed load, and what its layers take by clocks between them."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from bench.catalog.scenarios import hot
from bench.load.locust_process import drive
from bench.load.messages import LoadSpec, Outcome, timeout_s
from bench.measure.inside_server import not_inside
from bench.measure.job import Job
from bench.measure.pass_spec import PassSpec
from bench.model.boundaries import BoundarySample
from bench.model.run import MissingSample
from bench.model.workload import Case, Pass
from bench.runner.agent_process import Agent, AgentError
from bench.runner.call_costs import launches_within
from bench.runner.plan import Plan
from bench.serving.errors import LoadError
from bench.serving.expected import reference
from bench.serving.readiness import await_right_answer, patience_s
from bench.serving.server import LocalServer, served_by

_WARMUP_S = 0.3
# The client goes on for longer: one turn of windows is always made, and a slow app may have to answer every user before
# each of the turn's looks at a clock.
_BEYOND_S, _LOOKS = 0.4, 12
_LATEST_S = 60.0
# Windows, of which a turn has four, are as long as these many answers of a slow case, so that each kind has enough.
_WINDOW_S, _TURN, _ANSWERS = 0.1, 4, 2.9
# Of one user, each of its looks may wait for two answers.
_LOOKS_OF_ONE = 18
# Calls beside the load: the app's own answer, two of the server's, and the client's last.
_ASKED = 4
_SERVE_S = 1.9


def measure(plan: Plan) -> Generator[BoundarySample | MissingSample]:
    """A sample of each attributed case in each launch; one that fails is an absence, and isn't tried again."""
    scenario, file = hot()
    failed: set[str] = set()
    attributed = plan.attributed_cases()
    yield from not_inside(plan, attributed, Pass.BOUNDARIES)
    for launch in range(plan.effort.boundary_launches if plan.server.in_agent else 0):
        for case in attributed:
            if case.id in failed or launch >= _launches(plan, case):
                continue
            try:
                yield _sample(Job(plan, case, scenario, file), launch)
            except (AgentError, LoadError) as error:
                failed.add(case.id)
                yield MissingSample.invalid(case.id, Pass.BOUNDARIES, error)


def _launches(plan: Plan, case: Case) -> int:
    """How many a case gets: fewer of a slow one."""
    return launches_within(plan.effort.slow_case_s, _launch_s(plan, case), most=plan.effort.boundary_launches)


def _launch_s(plan: Plan, case: Case) -> float:
    call_s = plan.costs.served_s(case.id)
    slow_s = (_TURN * _ANSWERS + _LOOKS_OF_ONE + _ASKED) * call_s if plan.costs.long_served(case.id) else 0.0
    return _SERVE_S + plan.effort.boundary_s + slow_s


def _sample(job: Job, launch: int) -> BoundarySample:
    plan = job.plan
    long = plan.costs.long_served(job.case.id)
    users = 1 if long else job.scenario.users
    with plan.launch(launch) as agent:
        server = LocalServer(plan, job.case.target, 0, agent, "serve_timed")
        exchange = reference(plan, job.case, agent)
        patience = patience_s(plan.costs.served_s(job.case.id))
        await_right_answer(exchange, server.url, patience_s=patience)
        answer_s = await_right_answer(exchange, server.url, patience_s=patience)
        window_s = _ANSWERS * answer_s if long else _WINDOW_S
        duration_s = max(plan.effort.boundary_s, _TURN * window_s)
        order = LoadSpec(
            exchange=exchange,
            warmup_s=_WARMUP_S,
            duration_s=duration_s + _BEYOND_S + (_LOOKS_OF_ONE if long else _LOOKS) * users * answer_s,
            timeout_s=timeout_s(users, answer_s),
        )
        agent.send("boundaries", warmup_s=_WARMUP_S, duration_s=duration_s, window_s=window_s)
        seen = drive(order, job.file, server=server.url, users=users, cores=plan.cores.client)
        return _of(job, launch, seen, agent, {"server": server.name, "users": users})


def _of(job: Job, launch: int, seen: Outcome, agent: Agent, served: Mapping[str, Any]) -> BoundarySample:
    """What both sides say. Raises AgentError and LoadError."""
    windows: dict[str, Any] = agent.answer("boundaries", timeout_s=_LATEST_S)
    idle = served_by(agent)["idle_references_us"]
    end_s = windows.pop("end_s")
    return BoundarySample(
        case=job.case.id,
        launch=launch,
        hash_seed=job.plan.hash_seed(launch),
        errors=seen.errors,
        verified=seen.verified,
        loaded_on_s=seen.begin_s + seen.duration_s - end_s,
        idle_reference_us=tuple(round(us, 3) for us in idle),
        server_cores=job.plan.cores.measured or (),
        client_cores=job.plan.cores.client or (),
        **served,
        **windows,
    )


SPEC = PassSpec(
    Pass.BOUNDARIES,
    "boundaries under load",
    lambda given: measure(given.plan),
    observations=lambda given: sum(_launches(given.plan, case) for case in given.plan.attributed_cases()),
    duration_s=lambda given, _: sum(
        _launches(given.plan, case) * _launch_s(given.plan, case) for case in given.plan.attributed_cases()
    ),
)
