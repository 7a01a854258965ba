"""Do two stacks answer alike? Asked before anything is timed: what answers something else does something else."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from functools import partial
from typing import Literal

from bench.answers.comparing import looser
from bench.host.affinity import core_pairs, stream_cores
from bench.model.comparison import AnswerMismatch
from bench.model.run import MissingSample
from bench.model.workload import Case, Pass
from bench.runner import streams
from bench.runner.agent_pair import PairedPlan, named
from bench.runner.contract import CheckedCase, asked, difference
from bench.runner.plan import Plan
from bench.runner.streams import CoreStream, Piece

_SHOWN_BYTES = 60
# What an agent may hold, until its size is known: where four of them don't fit, there are two.
_MOST_MB = 500.0


def check(
    paired: PairedPlan, on_start: Callable[[], None] = lambda: None
) -> Generator[AnswerMismatch | MissingSample | Case]:
    """One of these for each case that can't be timed: the stacks differ, or neither answers as its target promises.

    A case whose answers vary, on either stack, comes with what is known about that. Raises AgentError that names the
    side, for one that can't be launched. Both are asked at once, or one after the other where a case changes state.
    `on_start` is called each time that it is known how long a side takes to start; what it raises ends the check.
    """
    waiting: dict[str, dict[str, CheckedCase]] = {}
    others = core_pairs(each_mb=_MOST_MB)
    cores = tuple(others) or stream_cores(each_mb=2 * _MOST_MB)
    with closing(streams.observe(cores, _pieces(paired, others, on_start))) as observed:
        for side, checked in observed:
            sides = waiting.setdefault(checked.case.id, {})
            sides[side] = checked
            if len(sides) == 2:
                yield from _compared(**waiting.pop(checked.case.id))


def _pieces(
    paired: PairedPlan, others: Mapping[int | None, int], on_start: Callable[[], None]
) -> Iterator[Piece[tuple[str, CheckedCase]]]:
    alone = not all(map(paired.base.may_run_twice, paired.base.cases))
    for side, plan in (("head", paired.head), ("base", paired.base)):
        yield Piece(partial(_asked, side, plan, others, on_start), alone)


def _asked(
    side: str, plan: Plan, others: Mapping[int | None, int], on_start: Callable[[], None], stream: CoreStream
) -> Generator[tuple[str, CheckedCase]]:
    with named(side):
        for checked in asked(plan.on(stream, others.get(stream.core)), on_start):
            yield side, checked


def _compared(base: CheckedCase, head: CheckedCase) -> Iterator[AnswerMismatch | MissingSample | Case]:
    wrongs = _wrong(base), _wrong(head)
    if wrongs[0] and wrongs[0] == wrongs[1]:
        yield MissingSample.invalid(base.case.id, Pass.TIMING, f"on both stacks: {wrongs[0]}")
    elif any(wrongs):
        broken: Literal["base", "head"] | None = None if all(wrongs) else "base" if wrongs[0] else "head"
        answers = wrongs[0] or _described(base), wrongs[1] or _described(head)
        yield AnswerMismatch(case=base.case.id, base=answers[0], head=answers[1], broken=broken)
    elif differs := difference(base, head):
        yield AnswerMismatch(case=base.case.id, base=_described(base), head=f"{_described(head)}: {differs}")
    elif (known := looser(base.case, head.case)).compared != "bytes":
        yield known


def _wrong(checked: CheckedCase) -> str | None:
    """How a case can't be asked, or breaks what its target promises, or None."""
    return f"fails: {checked.error}" if checked.error else checked.wrong


def _described(checked: CheckedCase) -> str:
    answer = checked.answers[0]
    return f"returns status {answer.status} and {len(answer.content):,} bytes: {answer.content[:_SHOWN_BYTES]!r}"
