"""Many cases in one agent, whatever becomes of one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from bench.engine.launch import Agent, AgentError
from bench.engine.plan import Plan
from bench.model import Case, Pass
from bench.samples import Absence

Observed = TypeVar("Observed")

# Asks one agent about one case; the set holds the ids of all cases that this agent has prepared.
Observe = Callable[[Agent, Case, frozenset[str]], Observed]


def each_case(
    plan: Plan, during: Pass, launch: int, order: Sequence[Case], failed: set[str], observe: Observe[Observed]
) -> Iterator[Observed | Absence]:
    """What `observe` makes of every case but the `failed` ones, in one agent, in the given order.

    A case that fails is an Absence and joins `failed`; if it took the agent with it, a fresh one does the rest.
    """
    waiting = [case for case in order if case.id not in failed]
    while waiting:
        with plan.launch(launch) as agent:
            for absence in _prepare(plan, during, agent, plan.taken_by(during), failed):
                yield absence
                waiting = [case for case in waiting if case.id != absence.case]
            ready = frozenset(case.id for case in plan.taken_by(during)) - failed
            while waiting and agent.alive:
                case = waiting.pop(0)
                try:
                    yield observe(agent, case, ready)
                except AgentError as error:
                    failed.add(case.id)
                    yield Absence(case=case.id, during=during, kind="invalid", reason=str(error))


def _prepare(plan: Plan, during: Pass, agent: Agent, cases: Sequence[Case], failed: set[str]) -> Iterator[Absence]:
    """Load every app and ask it once, then settle the collector. Stops at a case that ended the agent."""
    for case in cases:
        if case.id in failed:
            continue
        try:
            agent.call("prepare", **plan.arguments(case))
        except AgentError as error:
            failed.add(case.id)
            yield Absence(case=case.id, during=during, kind="invalid", reason=str(error))
            if not agent.alive:
                return
    agent.call("settle")
