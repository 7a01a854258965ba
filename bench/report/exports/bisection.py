"""A bisection as JSON."""

from __future__ import annotations

from bench.model.base import Record
from bench.model.comparison import Verdict
from bench.model.series import Bisection
from bench.report.words.bisection import BisectionNarrative, sentences


class AnswerFound(Record):
    """One comparison: head over base with its 99% interval, None of one that says nothing, for the `reason`."""

    base: str
    head: str
    margin: float
    ratio: float | None
    ci_low: float | None
    ci_high: float | None
    verdict: Verdict
    reason: str


class BisectionFound(Record):
    """The whole bisection; `good` and `bad` are the two releases that are left."""

    bisection: Bisection
    said: tuple[str, ...]
    end: str
    certain: bool
    good: str
    bad: str
    moved: dict[str, tuple[str | None, str | None]]
    answers: tuple[AnswerFound, ...]


def json_text(found: BisectionNarrative) -> str:
    """Everything, as JSON."""
    answers = tuple(
        AnswerFound(
            base=one.base,
            head=one.head,
            margin=one.margin,
            ratio=one.found.ratio if one.found else None,
            ci_low=one.found.low if one.found else None,
            ci_high=one.found.high if one.found else None,
            verdict=one.verdict,
            reason=one.reason,
        )
        for one in found.answers
    )
    made = BisectionFound(
        bisection=found.bisection,
        said=tuple(sentences(found)),
        end=found.end.kind,
        certain=found.certain,
        good=found.end.good,
        bad=found.end.bad,
        moved=dict(found.moved),
        answers=answers,
    )
    return made.model_dump_json(indent=1) + "\n"
