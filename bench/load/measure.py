"""One case under load: uvicorn in an agent on one core, Locust on another, and what both saw as a sample."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from bench.engine.launch import Agent, AgentError
from bench.engine.plan import Plan
from bench.load.drive import LoadError, drive
from bench.load.order import Exchange, Order, Outcome
from bench.load.probe import await_right_answer
from bench.load.wire import content
from bench.model import Case, Scenario
from bench.samples import LoadSample

_WARMUP_SHARE = 0.25
_SHORTEST_WARMUP_S, _LONGEST_WARMUP_S = 0.3, 1.0


def measure(plan: Plan, case: Case, scenario: Scenario, scenario_file: Path, launch: int) -> LoadSample:
    """A fresh server, loaded by a fresh client for the scenario's duration times the effort's share.

    Raises LoadError when there is nothing to believe: an app that fails, a server that died, a client that gave up.
    Single failed requests are evidence in the sample, by class.
    """
    try:
        with plan.launch(launch) as agent:
            try:
                outcome, order, served = _load(plan, case, scenario, scenario_file, agent)
            except LoadError:
                if not agent.alive:
                    agent.call("served")  # raises, with what ended it: that is why the client failed
                raise
    except (AgentError, LoadError) as error:
        raise LoadError(f"{case.id}: {error}") from error
    return LoadSample(
        case=case.id,
        scenario=scenario.name,
        launch=launch,
        model=scenario.model,
        users=scenario.users,
        warmup_s=order.warmup_s,
        server_requests=served["requests"],
        reference_us=_within(outcome, served["references"]),
        idle_reference_us=tuple(round(us, 3) for us in served["idle_references_us"]),
        server_cores=plan.cores.measured or (),
        client_cores=plan.cores.client or (),
        **outcome.model_dump(exclude={"kind", "begin_s"}),
    )


def _load(plan: Plan, case: Case, scenario: Scenario, scenario_file: Path, agent: Agent) -> tuple[Outcome, Order, Any]:
    """What the client saw, by which order, and what the server says: its count of the client's requests, its speed."""
    exchange = _reference(plan, case, agent)
    port = agent.call("serve", target=case.target, port=plan.port)["port"]
    probes = await_right_answer(exchange, port)
    duration_s = scenario.duration_s * plan.effort.load_share
    order = Order(
        exchange=exchange,
        warmup_s=min(_LONGEST_WARMUP_S, max(_SHORTEST_WARMUP_S, duration_s * _WARMUP_SHARE)),
        duration_s=duration_s,
        server_pid=agent.pid,
        database_pid=plan.database.pid if plan.database and plan.targets[case.target].services else None,
    )
    outcome = drive(order, scenario_file, port=port, users=scenario.users, cores=plan.cores.client)
    served = agent.call("served")
    return outcome, order, served | {"requests": served["requests"] - probes}


def _within(outcome: Outcome, references: list[tuple[float, float]]) -> tuple[float, ...]:
    """The reference times that fall into the measured stretch; server and client share the machine's clock."""
    end_s = outcome.begin_s + outcome.duration_s
    return tuple(round(us, 3) for at_s, us in references if outcome.begin_s <= at_s <= end_s)


def _reference(plan: Plan, case: Case, agent: Agent) -> Exchange:
    """The app's own answer, without a server. Raises LoadError when it isn't the one that the target promises."""
    request = plan.targets[case.target].requests[case.request]
    reply = agent.call("answer", **plan.arguments(case))
    if reply["status"] != request.expect.status:
        raise LoadError(f"answers with status {reply['status']} where it promises {request.expect.status}")
    headers, body = content(request)
    return Exchange(
        method=request.method,
        path=request.path,
        headers=headers,
        body=body,
        status=reply["status"],
        answer=base64.b64decode(reply["body"]),
    )
