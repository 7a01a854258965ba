"""Many cases in one agent, whatever becomes of one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from bench.model.run import MissingSample
from bench.model.workload import Case, Pass
from bench.runner.agent_process import AgentError


class CaseAgent(Protocol):
    """An agent, or two of them that are asked as one."""

    @property
    def alive(self) -> bool: ...

    def settle(self) -> None: ...

    def call(self, do: str, **arguments: Any) -> Any: ...


Agents = TypeVar("Agents", bound=CaseAgent)
Agents_co = TypeVar("Agents_co", bound=CaseAgent, covariant=True)
Observed = TypeVar("Observed")

# Asks one agent about one case; the set holds the ids of all cases that this agent has prepared.
Observe = Callable[[Agents, Case, frozenset[str]], Observed]


class CasePlan(Protocol[Agents_co]):
    """A plan, of one stack or of two."""

    def launch(self, launch: int) -> AbstractContextManager[Agents_co]: ...

    def taken_by(self, during: Pass) -> list[Case]: ...

    def arguments(self, case: Case) -> dict[str, Any]: ...


def each_case(
    plan: CasePlan[Agents],
    during: Pass,
    launch: int,
    order: Sequence[Case],
    failed: set[str],
    observe: Observe[Agents, Observed],
) -> Iterator[Observed | MissingSample]:
    """What `observe` makes of every case but the `failed` ones, in one agent, in the given order.

    A case that fails is a MissingSample and joins `failed`, which other streams may share; if it took the agent with
    it, a fresh one does the rest.
    """
    waiting = [case for case in order if case.id not in failed]
    while waiting:
        with plan.launch(launch) as agent:
            yield from _prepare(plan, during, agent, failed)
            ready = frozenset(case.id for case in plan.taken_by(during)) - failed
            while waiting and agent.alive:
                case = waiting.pop(0)
                if case.id in failed:
                    continue
                try:
                    yield observe(agent, case, ready)
                except AgentError as error:
                    yield from failing(case, during, error, failed)
        waiting = [case for case in waiting if case.id not in failed]


def _prepare(plan: CasePlan[Agents], during: Pass, agent: Agents, failed: set[str]) -> Iterator[MissingSample]:
    """Load every app and ask it once, then settle the collector. Stops at a case that ended the agent."""
    for case in plan.taken_by(during):
        if case.id in failed:
            continue
        try:
            agent.call("prepare", **plan.arguments(case))
        except AgentError as error:
            yield from failing(case, during, error, failed)
            if not agent.alive:
                return
    agent.settle()


def failing(case: Case, during: Pass, error: AgentError, failed: set[str]) -> Iterator[MissingSample]:
    """A case joins `failed`, and is a MissingSample, if no other stream was first to find that."""
    if case.id not in failed:
        failed.add(case.id)
        yield MissingSample.invalid(case.id, during, error)
