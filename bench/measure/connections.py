"""The connections pass: what a server holds for connections that nobody uses, and what new ones cost it."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass

from bench.measure.held_launch import HeldLaunch, launch_s
from bench.measure.pass_spec import PassInputs, PassSpec
from bench.model.connections import ConnectionSample, HeldKind
from bench.model.run import MissingSample
from bench.model.server import ServerSettings
from bench.model.workload import Case, Pass, lineage
from bench.runner.agent_process import AgentError
from bench.runner.call_costs import launches_within
from bench.runner.plan import Plan
from bench.serving.errors import LoadError

_FEWER = 2
"""Of roots, streams and WebSockets so many launches less: their memory hardly differs between launches."""


@dataclass(frozen=True)
class HeldCase:
    """A case, what its server holds open, and in how many launches."""

    case: Case
    holds: HeldKind
    launches: int


def measure(plan: Plan) -> Generator[ConnectionSample | MissingSample]:
    """A sample of each case in each launch; one that fails is an absence, and isn't tried again."""
    held = tuple(_held(plan))
    if refused := _not_measurable(plan.server):
        for one in held:
            yield MissingSample(
                case=one.case.id, during=Pass.CONNECTIONS, kind="skipped", reason=refused, this_pass_only=True
            )
        return
    failed: set[str] = set()
    for launch in range(plan.effort.connection_launches):
        for one in held:
            if one.case.id in failed or launch >= one.launches:
                continue
            try:
                yield HeldLaunch(plan, one.case, one.holds, launch).sample()
            except (AgentError, LoadError) as error:
                failed.add(one.case.id)
                yield MissingSample.invalid(one.case.id, Pass.CONNECTIONS, error)


def _held(plan: Plan) -> Iterator[HeldCase]:
    """Connections of the cases whose served request is taken apart, and of the roots that they stand over; streams and
    WebSockets of those that only this pass takes."""
    by_id = {case.id: case for case in plan.cases}
    kept = [_small(plan, case, by_id) for case in plan.attributed_cases() if not case.whole_app]
    roots = [lineage(case, by_id)[-1] for case in kept]
    for case in plan.cases:
        if case.only == (Pass.CONNECTIONS,):
            yield _launched(plan, case, "stream" if case.messages is None else "websocket", _FEWER)
        elif case in kept:
            yield _launched(plan, case, "connection", 0)
        elif case in roots:
            yield _launched(plan, case, "connection", _FEWER)


def _small(plan: Plan, case: Case, by_id: Mapping[str, Case]) -> Case:
    """The request of its root with the smallest answer, of the last layer that the run asks for it: what connections
    cost doesn't depend on the answer, and shows best beside a small one."""
    chain = lineage(case, by_id)
    asked = plan.targets[chain[-1].target].requests
    small = min(asked, key=lambda name: asked[name].expect.rows or 0)
    return next((found for one in chain if (found := by_id.get(f"{one.target}:{small}"))), case)


def _launched(plan: Plan, case: Case, holds: HeldKind, fewer: int) -> HeldCase:
    """In fewer launches where it is slow."""
    most = max(1, plan.effort.connection_launches - fewer)
    within_s, each_s = plan.effort.slow_case_s, launch_s(plan, case, holds)
    return HeldCase(case, holds, launches_within(within_s, each_s, most=most))


def _not_measurable(server: ServerSettings) -> str:
    """Why connections of such a server aren't measured, if they aren't."""
    others = {
        server.kind: server.kind != "uvicorn",
        f"workers={server.workers}": server.workers > 1,
        "tls=on": server.tls,
        "socket=unix": server.unix_socket,
    }
    found = [name for name, applies in others.items() if applies]
    return f"connections are measured over TCP to one process of uvicorn, not with {' '.join(found)}" if found else ""


def _observations(given: PassInputs) -> int:
    """An absence each where nothing is measured."""
    held = tuple(_held(given.plan))
    return len(held) if _not_measurable(given.plan.server) else sum(one.launches for one in held)


def _duration_s(given: PassInputs, _observations: int) -> float:
    if _not_measurable(given.plan.server):
        return 0.0
    return sum(one.launches * launch_s(given.plan, one.case, one.holds) for one in _held(given.plan))


SPEC = PassSpec(
    Pass.CONNECTIONS,
    "idle connections",
    lambda given: measure(given.plan),
    observations=_observations,
    duration_s=_duration_s,
    quick=False,
)
