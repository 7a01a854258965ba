"""Many cases in one agent of an audit, whatever becomes of one of them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bench.agent.requests.asgi_client import ANOTHER_ANSWER
from bench.measure.audit.inputs import AuditInputs
from bench.model.audit import AuditSample
from bench.model.run import MissingSample
from bench.model.workload import Case, Pass
from bench.runner.agent_process import Agent, AgentError
from bench.runner.each_case import each_case, failing
from bench.runner.plan import Plan

Found = AuditSample | MissingSample
Observe = Callable[[Agent, Case], Sequence[AuditSample]]

_FOR_GOOD = ("the agent ", ANOTHER_ANSWER)
"""How the reasons begin after which a case isn't asked again: it hung or ended its process, or answers something
else."""


@dataclass(frozen=True)
class _Cases:
    """Some cases of a plan, each launch with its parts traced if need be."""

    plan: Plan
    cases: tuple[Case, ...]
    traced: bool

    @contextmanager
    def launch(self, launch: int) -> Iterator[Agent]:
        with self.plan.launch(launch) as agent:
            if self.traced:
                agent.call("trace_parts")
            yield agent

    def taken_by(self, _during: Pass) -> list[Case]:
        return list(self.cases)

    def arguments(self, case: Case) -> dict[str, Any]:
        return self.plan.arguments(case)


@dataclass(frozen=True)
class Round:
    """One launch of a pass: of all cases that are still asked, or of some, their parts traced if need be. All are
    observed in turn, and as often again as there are `turns`."""

    during: Pass
    launch: int = 0
    cases: Sequence[Case] | None = None
    traced: bool = False
    turns: int = 1


def each(inputs: AuditInputs, this: Round, observe: Observe, failed: set[str]) -> Generator[Found]:
    """What `observe` makes of every case that hasn't `failed`, in one agent, in an order of the launch's own.

    A case that fails is an absence and joins `failed`; it isn't asked by other passes either where it hung, ended the
    agent, or answered something else.
    """
    order = list(inputs.cases if this.cases is None else this.cases)
    order = [case for case in order if case.id not in failed]
    inputs.plan.random(f"audit {this.during}", this.launch).shuffle(order)
    group = _Cases(inputs.plan, tuple(order), this.traced)
    try:
        for found in each_case(
            group, this.during, this.launch, order * this.turns, failed, lambda agent, case, _: observe(agent, case)
        ):
            if isinstance(found, MissingSample):
                yield missing(inputs, found)
            else:
                yield from found
    except AgentError as error:  # before any case was asked for
        for case in order:
            yield from failing(case, this.during, error, failed)


def missing(inputs: AuditInputs, absence: MissingSample) -> MissingSample:
    """An absence, remembered where its case isn't to be asked again."""
    if absence.reason.startswith(_FOR_GOOD):
        inputs.failed.add(absence.case)
    return absence
