"""Do two stacks answer alike? Asked before anything is timed: what answers something else does something else."""

from __future__ import annotations

from collections.abc import Iterator

from bench.engine.arms import Arms
from bench.engine.contract import Answer, answered, mismatch
from bench.engine.launch import AgentError
from bench.engine.plan import Plan
from bench.model import Case, Pass
from bench.pairs import Disagreement
from bench.samples import Absence

_SHOWN_BYTES = 60


def check(arms: Arms) -> Iterator[Disagreement | Absence]:
    """One of these for each case that can't be timed: the stacks differ, or neither answers as its target promises."""
    heads = {case.id: answer for case, answer in answered(arms.head)}
    for case, base in answered(arms.base):
        head = heads[case.id]
        wrongs = _wrong(arms.base, case, base), _wrong(arms.head, case, head)
        if wrongs[0] and wrongs[0] == wrongs[1]:
            yield Absence(case=case.id, during=Pass.TIMING, kind="invalid", reason=f"on both stacks: {wrongs[0]}")
        elif any(wrongs) or not _alike(base, head):
            yield Disagreement(case=case.id, base=wrongs[0] or _told(base), head=wrongs[1] or _told(head))


def _wrong(plan: Plan, case: Case, answer: Answer | AgentError) -> str | None:
    """How an answer differs from what the case's target promises, or None."""
    if isinstance(answer, AgentError):
        return f"fails: {answer}"
    return mismatch(answer, plan.targets[case.target].requests[case.request].expect, plan.folder)


def _alike(base: Answer | AgentError, head: Answer | AgentError) -> bool:
    return isinstance(base, Answer) and isinstance(head, Answer) and base.says_the_same_as(head)


def _told(answer: Answer | AgentError) -> str:
    if isinstance(answer, AgentError):
        return f"fails: {answer}"
    return f"answers with status {answer.status} and {len(answer.body):,} bytes: {answer.body[:_SHOWN_BYTES]!r}"
