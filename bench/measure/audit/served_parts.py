"""CPU time of each part of a request behind uvicorn, under a short closed load."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from bench.load.batch import BatchClient
from bench.measure.audit.audit_pass import AuditPass
from bench.measure.audit.effort import MEASURE_LONGER
from bench.measure.audit.inputs import AuditInputs
from bench.measure.audit.launches import Found, missing
from bench.measure.inside_server import not_inside
from bench.model.audit import PartSample
from bench.model.run import MissingSample
from bench.model.workload import Case, Pass
from bench.runner.agent_process import Agent, AgentError
from bench.serving.errors import LoadError
from bench.serving.expected import exchange
from bench.serving.server import LocalServer, served_by

_USERS = 4
_WARMUP_S = 0.1
# A turn has four windows, plain and timed; each is long enough for some answers of a slow case, and comes with what
# measures the timers and the core beside it.
_TURN, _ANSWERS, _LEAST_WINDOW_S, _BESIDE_S = 4, 3.0, 0.05, 0.03
_SERVE_S = 0.5
_BEYOND_S = 60.0


def measure(inputs: AuditInputs) -> Generator[Found]:
    """A sample per case and launch; one server of a launch serves all cases, one after another."""
    failed = set(inputs.failed)
    yield from not_inside(inputs.plan, inputs.cases, Pass.LOAD)
    if not inputs.plan.server.in_agent:
        return
    if not inputs.effort.served_launches:
        yield from _left_out(inputs)
        return
    for launch in range(inputs.effort.served_launches):
        waiting = [case for case in inputs.cases if case.id not in failed]
        inputs.plan.random("audit served", launch).shuffle(waiting)
        while waiting:
            for found in _server(inputs, launch, waiting):
                if isinstance(found, MissingSample):
                    failed.add(found.case)
                yield found


def _left_out(inputs: AuditInputs) -> Iterator[MissingSample]:
    reason = f"not served, since there was no time; {MEASURE_LONGER}"
    for case in inputs.cases:
        yield MissingSample(case=case.id, during=Pass.LOAD, kind="skipped", reason=reason)


def _server(inputs: AuditInputs, launch: int, waiting: list[Case]) -> Iterator[Found]:
    """What one server says of these cases; those that it was asked for leave the list, and all where it can't start."""
    try:
        with inputs.plan.launch(launch) as agent:
            agent.call("trace_parts")
            server = LocalServer(inputs.plan, waiting[0].target, 0, agent, "serve_parts")
            while waiting and agent.alive:
                case = waiting.pop(0)
                try:
                    yield _sample(inputs, agent, case, launch, server)
                except (AgentError, LoadError) as error:
                    yield missing(inputs, MissingSample.invalid(case.id, Pass.LOAD, error))
    except AgentError as error:
        for case in waiting:
            yield MissingSample.invalid(case.id, Pass.LOAD, error)
        waiting.clear()


def _sample(inputs: AuditInputs, agent: Agent, case: Case, launch: int, server: LocalServer) -> PartSample:
    """Raises AgentError, and LoadError for answers that aren't the app's and for lost lines of the access log."""
    window_s = _window_s(inputs, case)
    duration_s = max(inputs.effort.served_s, _TURN * (window_s + _BESIDE_S))
    limit_s = _BEYOND_S + 2 * duration_s
    how = {"warmup_s": _WARMUP_S, "duration_s": duration_s, "window_s": window_s}
    asked = exchange(inputs.plan.request(case), inputs.right[case.id])
    try:
        with (
            BatchClient(asked, _USERS, inputs.plan.cores.client) as client,
            client.connect(server.url) as users,
            client.keep_asking(users),
        ):
            found = agent.call("served_part_windows", timeout_s=limit_s, **how)
    except (OSError, ValueError) as error:
        raise LoadError(f"served: {error}") from error
    found.pop("end_s", None)  # the load is only ended when the windows are over
    if client.tally.errors or not client.tally.verified:
        raise LoadError(f"served: {client.tally.wrong or 'no answer'}")
    served_by(agent)
    seed = inputs.plan.hash_seed(launch)
    core = inputs.cores[0]  # alone: the clients have another one
    return PartSample(case=case.id, launch=launch, core=core, hash_seed=seed, served_by=server.name, **found)


def _window_s(inputs: AuditInputs, case: Case) -> float:
    answers_s = _ANSWERS * _USERS * inputs.plan.costs.served_s(case.id)
    return max(_LEAST_WINDOW_S, inputs.effort.served_s / (2 * _TURN), answers_s)


def _expected_s(inputs: AuditInputs) -> float:
    windows_s = sum(
        _WARMUP_S + max(inputs.effort.served_s, _TURN * (_window_s(inputs, case) + _BESIDE_S)) for case in inputs.cases
    )
    return inputs.effort.served_launches * (inputs.launch_s + _SERVE_S + windows_s)


SPEC = AuditPass(
    "parts behind uvicorn",
    measure,
    observations=lambda inputs: max(1, inputs.effort.served_launches) * len(inputs.cases),
    expected_s=_expected_s,
)
