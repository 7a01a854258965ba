"""The app's own answer to a request, which every server's answer has to equal."""

from __future__ import annotations

from bench.agent.requests.asgi_client import HOST
from bench.answers.app_response import AppResponse
from bench.answers.right_answer import right_answer
from bench.model.exchange import Exchange, RightAnswer
from bench.model.workload import Case, Request
from bench.runner.agent_process import Agent
from bench.runner.plan import Plan
from bench.serving.errors import LoadError
from bench.serving.http_wire import content

_ASKED = 3
"""How often an app is asked whose answers vary: what they have in common shows in several."""


def reference(plan: Plan, case: Case, agent: Agent) -> Exchange:
    """The app's own answer, without a server. Raises LoadError when it isn't the one that the target promises."""
    request = plan.request(case)
    times = _ASKED if case.compared == "shape" else 1
    answers = [AppResponse.of(agent.call("answer", **plan.arguments(case))) for _ in range(times)]
    for answer in answers:
        if answer.status != request.expect.status:
            raise LoadError(f"returns status {answer.status}, expected {request.expect.status}")
        if case.compared == "shape" and not answer.is_json:
            raise LoadError("returns something else than JSON, which it returned when it was checked")
    return exchange(request, right_answer(answers, case.compared, case.varies))


def exchange(request: Request, right: RightAnswer) -> Exchange:
    """A request as it is sent to a server of the app: to the host that the app was asked by without one, as an answer
    may have it in its URLs."""
    headers, body = content(request)
    return Exchange(
        method=request.method, path=request.path, headers={"host": HOST, **headers}, body=body, **dict(right)
    )
