"""Do two stacks answer alike? Asked before anything is timed: what answers something else does something else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from bench.model.comparison import AnswerMismatch
from bench.model.run import MissingSample
from bench.model.workload import Case, Pass
from bench.runner.agent_pair import PairedPlan
from bench.runner.agent_process import AgentError
from bench.runner.contract import AppResponse, answered, mismatch
from bench.runner.plan import Plan

_SHOWN_BYTES = 60


def check(paired: PairedPlan) -> Iterator[AnswerMismatch | MissingSample]:
    """One of these for each case that can't be timed: the stacks differ, or neither answers as its target promises."""
    heads = {case.id: answer for case, answer in answered(paired.head)}
    differing: list[tuple[Case, AppResponse | AgentError, AppResponse | AgentError]] = []
    for case, base in answered(paired.base):
        head = heads[case.id]
        wrongs = _wrong(paired.base, case, base), _wrong(paired.head, case, head)
        if wrongs[0] and wrongs[0] == wrongs[1]:
            yield MissingSample.invalid(case.id, Pass.TIMING, f"on both stacks: {wrongs[0]}")
        elif any(wrongs):
            broken: Literal["base", "head"] | None = None if all(wrongs) else "base" if wrongs[0] else "head"
            told = wrongs[0] or _told(base), wrongs[1] or _told(head)
            yield AnswerMismatch(case=case.id, base=told[0], head=told[1], broken=broken)
        elif not _alike(base, head):
            differing.append((case, base, head))
    yield from _different(paired, differing)


def _different(
    paired: PairedPlan, differing: Sequence[tuple[Case, AppResponse | AgentError, AppResponse | AgentError]]
) -> Iterator[AnswerMismatch | MissingSample]:
    """What differs between two answers of one stack is no finding: the head is asked again."""
    if not differing:
        return
    again = {
        case.id: answer for case, answer in answered(replace(paired.head, cases=tuple(c for c, _, _ in differing)))
    }
    for case, base, head in differing:
        if _alike(head, again[case.id]):
            yield AnswerMismatch(case=case.id, base=_told(base), head=_told(head))
        else:
            reason = "gives two different responses to the same request; make the response deterministic"
            yield MissingSample.invalid(case.id, Pass.TIMING, reason)


def _wrong(plan: Plan, case: Case, answer: AppResponse | AgentError) -> str | None:
    """How an answer differs from what the case's target promises, or None."""
    if isinstance(answer, AgentError):
        return f"fails: {answer}"
    return mismatch(answer, plan.targets[case.target].requests[case.request].expect, plan.folder)


def _alike(base: AppResponse | AgentError, head: AppResponse | AgentError) -> bool:
    return isinstance(base, AppResponse) and isinstance(head, AppResponse) and base.says_the_same_as(head)


def _told(answer: AppResponse | AgentError) -> str:
    if isinstance(answer, AgentError):
        return f"fails: {answer}"
    return f"returns status {answer.status} and {len(answer.body):,} bytes: {answer.body[:_SHOWN_BYTES]!r}"
