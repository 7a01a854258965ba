"""Is an answer right? Checked against what answers of its case have in common."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, reduce
from typing import Any

from bench.answers.app_response import AppResponse, undecodable
from bench.answers.json_path import differing, without
from bench.answers.shape import merged, misfit, shape_of
from bench.model.exchange import RightAnswer, Shape
from bench.model.workload import Comparing

_SHAPED_BYTES = 5_000_000
"""What is longer than this is compared by its media type alone: its shape would take seconds."""
_LOOKED_THROUGH_BYTES, _NAMED = 1_000_000, 3


def right_answer(answers: Sequence[AppResponse], compared: Comparing, varies: tuple[str, ...]) -> RightAnswer:
    """What the next answer has to be like, by some that are right; one is enough where all are the same."""
    first = answers[0]
    return RightAnswer(
        status=first.status,
        answer=first.body,
        content_type=first.headers.get("content-type", ""),
        content_encoding=first.content_encoding,
        compared=compared,
        varies=varies,
        shape=_shape(answers) if compared == "shape" else None,
        raises=any(answer.raised for answer in answers),
    )


def _shape(answers: Sequence[AppResponse]) -> Shape | None:
    if any(len(answer.content) > _SHAPED_BYTES or not answer.is_json for answer in answers):
        return None
    return reduce(merged, (shape_of(answer.document) for answer in answers))


class AnswerCheck:
    """Compares answers with the right one; what it needs of that is read once."""

    def __init__(self, right: RightAnswer) -> None:
        self._right = right

    def mismatch(self, answer: AppResponse) -> str | None:
        """How an answer differs, as the end of a sentence, or None."""
        if answer.status != self._right.status:
            return f"status {answer.status}, expected {self._right.status}"
        if found := undecodable(answer):
            return found
        match self._right.compared:
            case "bytes":
                return None if answer.says_the_same_as(self._reference) else self._other_body(answer)
            case "content":
                return self._other_content(answer)
            case "shape" | "type":
                return self._other_shape(answer)

    @cached_property
    def _reference(self) -> AppResponse:
        right = self._right
        headers = {"content-type": right.content_type, "content-encoding": right.content_encoding}
        return AppResponse(right.status, headers, right.answer)

    @cached_property
    def _fixed(self) -> Any:
        return without(self._reference.document, self._right.varies)

    def _other_body(self, answer: AppResponse) -> str:
        size, expected = len(answer.content), len(self._reference.content)
        at = ""
        if size + expected <= _LOOKED_THROUGH_BYTES and answer.is_json and self._reference.is_json:
            paths = sorted(set(differing(answer.document, self._reference.document)))
            more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
            at = f", at {', '.join(paths[:_NAMED])}{more}" if paths else ""
        return f"a body of {size:,} bytes that differs from the expected {expected:,} bytes{at}"

    def _other_content(self, answer: AppResponse) -> str | None:
        if answer.content == self._reference.content:
            return None
        if not self._reference.is_json:
            return self._other_body(answer)
        if not answer.is_json:
            return "isn't JSON, as the expected response is"
        paths = sorted(set(differing(without(answer.document, self._right.varies), self._fixed)))
        return f"differs from the expected response at {', '.join(paths)}" if paths else None

    def _other_shape(self, answer: AppResponse) -> str | None:
        if answer.media_type != self._reference.media_type:
            return f"content type {answer.media_type or 'missing'}, expected {self._reference.media_type or 'none'}"
        if bool(answer.body) != bool(self._right.answer):
            return "an empty body" if self._right.answer else "a body, expected none"
        if self._right.compared == "type" or self._right.shape is None:
            return None
        try:
            return misfit(answer.document, self._right.shape)
        except ValueError:
            return "isn't JSON, as the expected response is"
