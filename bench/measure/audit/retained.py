"""Memory that stays behind after each request: the leak check of every case."""

from __future__ import annotations

from collections.abc import Generator

from bench.analysis.audit.route import retained as growth_of
from bench.measure.audit import over_streams
from bench.measure.audit.audit_pass import AuditPass
from bench.measure.audit.inputs import AuditInputs
from bench.measure.audit.launches import Found, Observe, Round
from bench.model.audit import RetainedSample
from bench.model.workload import Case, Pass
from bench.runner.agent_process import Agent

BLOCKS = 5
"""After a first one. Their median is no leak where a cache fills up in one of them."""
_MORE_BLOCKS, _MORE_REQUESTS = 12, 100
"""Of a case whose memory seems to grow: what a library keeps for a while, such as the last 200 cursors of sqlite3,
grows as well until it is given back."""
# How many times as long a traced request takes, and a collection after each block.
_SLOWED, _COLLECT_S = 3.0, 0.001
_FEWEST_REQUESTS, _FIRST_REQUESTS = 2, 6


def _requests(inputs: AuditInputs, case: Case, blocks: int = BLOCKS, most: int | None = None) -> int:
    """Of a block: fewer of a slow case."""
    call_s = max(inputs.plan.costs.call_s(case.id), 1e-6)
    fitting = int(4 * inputs.effort.slow_case_s / (_SLOWED * (blocks + 1) * call_s))
    return max(_FEWEST_REQUESTS, min(most or inputs.effort.retained_requests, fitting))


def measure(inputs: AuditInputs) -> Generator[Found]:
    """A sample per case and launch; the launch is the replicate."""

    def observing(*_: object) -> Observe:
        return lambda agent, case: [observed(inputs, agent, case)]

    this = Round(Pass.MEMORY)
    yield from over_streams.repeated(inputs, this, _launches(inputs), observing, set(inputs.failed))


def observed(inputs: AuditInputs, agent: Agent, case: Case) -> RetainedSample:
    """What a case leaves behind in one process: by a few requests, and by many where memory seems to grow. Raises
    AgentError."""
    seen = _look(inputs, agent, case, _requests(inputs, case), BLOCKS)
    more = _requests(inputs, case, _MORE_BLOCKS, _MORE_REQUESTS)
    found = growth_of([seen])
    if found is not None and found.each.mean > found.least and more * _MORE_BLOCKS > seen.requests * BLOCKS:
        return _look(inputs, agent, case, more, _MORE_BLOCKS)
    return seen


def _look(inputs: AuditInputs, agent: Agent, case: Case, requests: int, blocks: int) -> RetainedSample:
    limit_s = inputs.plan.costs.time_limit_s(case.id, _FIRST_REQUESTS + requests * blocks)
    first = _FIRST_REQUESTS if not inputs.plan.costs.long(case.id) else 1
    how = {"case": case.id, "first": first, "requests": requests, "blocks": blocks}
    held = agent.call("retained", timeout_s=limit_s, **how)
    return RetainedSample(case=case.id, requests=requests, held_bytes=tuple(held))


def observed_s(inputs: AuditInputs) -> float:
    """How long that takes of all cases together."""
    costs = inputs.plan.costs
    traced = sum((_FIRST_REQUESTS + BLOCKS * _requests(inputs, case)) * costs.call_s(case.id) for case in inputs.cases)
    return _SLOWED * traced + len(inputs.cases) * (BLOCKS + 2) * _COLLECT_S


def _launches(inputs: AuditInputs) -> int:
    """Beside the one that the peaks have had already."""
    return inputs.effort.retained_launches - inputs.share_a_process


def _launch_s(inputs: AuditInputs) -> float:
    return inputs.launch_s + observed_s(inputs)


SPEC = AuditPass(
    "retained memory",
    measure,
    observations=lambda inputs: over_streams.observations(inputs, _launches(inputs), lambda own: len(own.cases)),
    expected_s=lambda inputs: over_streams.repeated_s(inputs, _launches(inputs), _launch_s),
)
