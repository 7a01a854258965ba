"""What apps observe of themselves: cases whose answer is the result, asked once each and kept as they answered. Of a
client that leaves a stream, the app is served, for only a server sees that."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from dataclasses import replace

from pydantic import JsonValue

from bench.measure.pass_spec import PassInputs, PassSpec, launch_s
from bench.model.run import FactSample, MissingSample
from bench.model.workload import Case, Pass
from bench.runner.agent_process import AgentError
from bench.runner.contract import answered
from bench.runner.plan import Plan
from bench.serving.address import ServerUrl
from bench.serving.errors import LoadError
from bench.serving.leaving_client import leave
from bench.serving.server import LocalServer

_FACT_S, _LEFT_S = 0.02, 0.3


def measure(plan: Plan) -> Generator[FactSample | MissingSample]:
    """A sample per case."""
    for case, answer in answered(replace(plan, cases=tuple(plan.taken_by(Pass.FACTS)))):
        if isinstance(answer, AgentError):
            yield MissingSample.invalid(case.id, Pass.FACTS, answer)
        else:
            yield FactSample(case=case.id, status=answer.status, answer=_read(answer.body))
    leaving = _leaving(plan)
    if plan.server.workers > 1:
        yield from (_another_worker(case) for case in leaving)
        return
    for target in dict.fromkeys(case.target for case in leaving):
        yield from _left(plan, target, [case for case in leaving if case.target == target])


def _another_worker(case: Case) -> MissingSample:
    reason = "another worker of the server may answer what became of the stream"
    return MissingSample(case=case.id, during=Pass.FACTS, kind="skipped", reason=reason, this_pass_only=True)


def _leaving(plan: Plan) -> list[Case]:
    """The cases whose client leaves."""
    return [case for case in plan.taken_by(Pass.FACTS) if case.leaves_after is not None]


def _left(plan: Plan, target: str, cases: Sequence[Case]) -> Generator[FactSample | MissingSample]:
    """Those of one target, on one server."""
    try:
        with plan.launch(0) as agent:
            server = LocalServer(plan, target, 0, agent)
            for case in cases:
                yield _observed(plan, case, server.url)
    except AgentError as error:
        yield from (MissingSample.invalid(case.id, Pass.FACTS, error) for case in cases)


def _observed(plan: Plan, case: Case, server: ServerUrl) -> FactSample | MissingSample:
    request = plan.request(case)
    try:
        return FactSample(case=case.id, status=request.expect.status, answer=leave(server, request))
    except LoadError as error:
        return MissingSample.invalid(case.id, Pass.FACTS, error)


def _read(body: bytes) -> JsonValue:
    """What isn't JSON is kept as it stands."""
    try:
        found: JsonValue = json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
    return found


def _duration_s(given: PassInputs, made: int) -> float:
    leaving = _leaving(given.plan)
    served = len({case.target for case in leaving})
    return launch_s(given.plan) * (served + (made > len(leaving))) + made * _FACT_S + len(leaving) * _LEFT_S


SPEC = PassSpec(
    Pass.FACTS,
    "observed facts",
    lambda given: measure(given.plan),
    observations=lambda given: len(given.plan.taken_by(Pass.FACTS)),
    duration_s=_duration_s,
)
