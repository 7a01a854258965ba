"""Do two stacks answer alike? Asked before anything is timed: what answers something else does something else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from bench.answers.comparing import looser
from bench.model.comparison import AnswerMismatch
from bench.model.run import MissingSample
from bench.model.workload import Case, Pass
from bench.runner.agent_pair import PairedPlan, named
from bench.runner.contract import CheckedCase, asked, difference
from bench.runner.plan import Plan

_SHOWN_BYTES = 60


def check(paired: PairedPlan) -> Iterator[AnswerMismatch | MissingSample | Case]:
    """One of these for each case that can't be timed: the stacks differ, or neither answers as its target promises.

    A case whose answers vary, on either stack, comes with what is known about that. Raises AgentError that names the
    side, for one that can't be launched.
    """
    heads = {checked.case.id: checked for checked in _asked("head", paired.head)}
    for base in _asked("base", paired.base):
        head = heads[base.case.id]
        wrongs = _wrong(base), _wrong(head)
        if wrongs[0] and wrongs[0] == wrongs[1]:
            yield MissingSample.invalid(base.case.id, Pass.TIMING, f"on both stacks: {wrongs[0]}")
        elif any(wrongs):
            broken: Literal["base", "head"] | None = None if all(wrongs) else "base" if wrongs[0] else "head"
            told = wrongs[0] or _told(base), wrongs[1] or _told(head)
            yield AnswerMismatch(case=base.case.id, base=told[0], head=told[1], broken=broken)
        elif differs := difference(base, head):
            yield AnswerMismatch(case=base.case.id, base=_told(base), head=f"{_told(head)}: {differs}")
        elif (known := looser(base.case, head.case)).compared != "bytes":
            yield known


def _asked(side: str, plan: Plan) -> Iterator[CheckedCase]:
    with named(side):
        yield from asked(plan)


def _wrong(checked: CheckedCase) -> str | None:
    """How a case can't be asked, or breaks what its target promises, or None."""
    return f"fails: {checked.error}" if checked.error else checked.wrong


def _told(checked: CheckedCase) -> str:
    answer = checked.answers[0]
    return f"returns status {answer.status} and {len(answer.content):,} bytes: {answer.content[:_SHOWN_BYTES]!r}"
