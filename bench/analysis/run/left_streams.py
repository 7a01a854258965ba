"""Streams whose client left before their end, as their apps saw it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.analysis.run.figures import Summary
from bench.model.run import FactSample
from bench.model.workload import Case

OWN_END = "its own end"
"""How a generator ends that isn't informed when the client leaves."""


@dataclass(frozen=True)
class LeftStream:
    """How the generator of a stream ended: by which exception, or by its own end (None: it hadn't in time), how long
    after the client had left, and how many chunks it made for nobody."""

    case: Case
    by: str | None
    after_ms: float | None
    chunks_unread: int | None

    @property
    def was_closed(self) -> bool:
        """Whether the client's leaving ended it."""
        return self.by not in (None, OWN_END)


def left_streams(summary: Summary) -> Iterator[LeftStream]:
    for one in summary.cases.values():
        if one.fact.value is not None and (found := left_stream(one.case, one.fact.value)):
            yield found


def left_stream(case: Case, fact: FactSample) -> LeftStream | None:
    """None of a case whose client doesn't leave, and of an app that doesn't say what became of its stream."""
    answer = fact.answer
    if case.leaves_after is None or not isinstance(answer, dict) or not isinstance(answer.get("closed"), bool):
        return None
    by, after_ms, chunks = answer.get("by"), answer.get("after_ms"), answer.get("chunks")
    return LeftStream(
        case=case,
        by=by if answer["closed"] and isinstance(by, str) else None,
        after_ms=float(after_ms) if isinstance(after_ms, int | float) else None,
        chunks_unread=chunks - case.leaves_after if isinstance(chunks, int) else None,
    )
