"""A bisection as JSON."""

from __future__ import annotations

from bench.analysis.series.bisection import BisectionAnswer
from bench.model.app_version import AppVersion
from bench.model.base import Record
from bench.model.comparison import Verdict
from bench.model.series import Bisection
from bench.report.words.bisection import BisectionNarrative, sentences


class AnswerFound(Record):
    """One comparison: head over base with its 99% interval, None of one that says nothing, for the `reason`. One that
    is `inferred` follows from the others."""

    base: str
    head: str
    margin: float
    ratio: float | None
    ci_low: float | None
    ci_high: float | None
    verdict: Verdict
    reason: str
    inferred: bool


class BisectionFound(Record):
    """The whole bisection; `good` and `bad` are the two versions that are left, None of one that was interrupted.

    `change` is from `good` to `bad` where they are neighbours, `commit` what `bad` is then, if it is one. `suspects`
    are all that may have brought the change: more than one where some could not be compared, or it is undecided.
    """

    bisection: Bisection
    said: tuple[str, ...]
    end: str | None
    certain: bool
    good: str | None
    bad: str | None
    commit: AppVersion | None
    change: AnswerFound | None
    suspects: tuple[str, ...]
    moved: dict[str, tuple[str | None, str | None]]
    answers: tuple[AnswerFound, ...]


def json_text(found: BisectionNarrative) -> str:
    """Everything, as JSON."""
    end = found.end
    made = BisectionFound(
        bisection=found.bisection,
        said=tuple(sentences(found)),
        end=end.kind if end else None,
        certain=found.certain,
        good=end.good if end else None,
        bad=end.bad if end else None,
        commit=found.bisection.as_commit(end.bad) if end and end.kind == "found" else None,
        change=_answer(end.confirmed) if end and end.confirmed else None,
        suspects=found.suspects,
        moved=dict(found.moved),
        answers=tuple(map(_answer, found.answers)),
    )
    return made.model_dump_json(indent=1) + "\n"


def _answer(one: BisectionAnswer) -> AnswerFound:
    return AnswerFound(
        base=one.base,
        head=one.head,
        margin=one.margin,
        ratio=one.found.ratio if one.found else None,
        ci_low=one.found.low if one.found else None,
        ci_high=one.found.high if one.found else None,
        verdict=one.verdict,
        reason=one.reason,
        inferred=one.inferred,
    )
