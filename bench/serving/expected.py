"""The app's own answer to a request, which every server's answer has to equal."""

from __future__ import annotations

import base64

from bench.model.exchange import Exchange
from bench.model.workload import Case
from bench.runner.agent_process import Agent
from bench.runner.plan import Plan
from bench.serving.errors import LoadError
from bench.serving.http_wire import content


def reference(plan: Plan, case: Case, agent: Agent) -> Exchange:
    """The app's own answer, without a server. Raises LoadError when it isn't the one that the target promises."""
    request = plan.targets[case.target].requests[case.request]
    reply = agent.call("answer", **plan.arguments(case))
    if reply["status"] != request.expect.status:
        raise LoadError(f"returns status {reply['status']}, expected {request.expect.status}")
    headers, body = content(request)
    return Exchange(
        method=request.method,
        path=request.path,
        headers=headers,
        body=body,
        status=reply["status"],
        answer=base64.b64decode(reply["body"]),
    )
