"""What a connection makes of the answers to the request that it repeats: right, or how wrong, as cheaply as that goes.

What all answers have in common is compared always, what takes long by samples: a client that is busy with one answer
is late for the others.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from time import perf_counter

from bench.answers.app_response import AppResponse
from bench.answers.comparing import skipped_bytes
from bench.answers.right_answer import AnswerCheck
from bench.model.exchange import RightAnswer
from bench.model.load import LoadComparing

WRONG_BODY = "wrong_body"
_FAILED = 400
SERVER_ERROR = 500
_SMALL_BYTES = 65_536
"""Comparing so much costs less than deciding whether to."""
_PARTS = 16
_CHECKED_BYTES = 1_000_000
_CHECKING_SHARE = 0.01


def compared_under_load(right: RightAnswer) -> LoadComparing:
    """How much of each answer, or of some of them, a client compares with the right one."""
    if right.compared == "bytes":
        return "bytes" if len(right.answer) <= _SMALL_BYTES else "parts"
    headers = {"content-encoding": right.content_encoding}
    content = AppResponse(right.status, headers, right.answer).content
    if len(content) > _CHECKED_BYTES or (right.compared == "shape" and right.shape is None):
        return "type"
    return right.compared


class AnswerReader:
    """Any answer below 400, or with the status of the right one. A parser tells it of one answer at a time.

    `length` is the body's, as far as it has come; `verified` says whether the last one's was compared.
    """

    rest = 0
    """How much of the body is to be received by `receive`, and not by a parser."""

    def __init__(self, right: RightAnswer | None = None) -> None:
        self._status = None if right is None else right.status
        self._raises = right is not None and right.raises
        self.length = 0
        self.verified = False

    def begin(self) -> None:
        """The next answer is expected."""
        self.length = 0

    def on_body(self, chunk: bytes) -> None:
        self.length += len(chunk)

    def receive(self, receive_into: Callable[..., int], buffer: memoryview) -> int:
        """Some of the `rest` of the body; how many bytes that were, 0 when the server has closed the connection."""
        raise NotImplementedError

    def failure(self, status: int) -> str | None:
        """What is wrong with the answer that has come, as the failure's class, or None."""
        if status != self._status and (self._status is not None or status >= _FAILED):
            return f"status_{status}"
        return None

    def last(self, status: int) -> bool:
        """Whether the connection ends with this answer, though nobody said so: uvicorn closes it when an app raises,
        and an error of the server that nobody expects is likely to be that."""
        return status >= SERVER_ERROR and (self._raises or status != self._status)


class FixedBody(AnswerReader):
    """The same bytes every time: their number is compared always, and of a large body one of 16 parts, in turn;
    one that was wrong is looked at again."""

    def __init__(self, right: RightAnswer) -> None:
        super().__init__(right)
        self._body = right.answer
        self._skipped = skipped_bytes(right.content_encoding)
        self._part_bytes = max(_SMALL_BYTES, -(-len(self._body) // _PARTS))
        self._part_start = random.choice(range(0, max(1, len(self._body)), self._part_bytes))
        self._same = True

    def begin(self) -> None:
        self.length, self._same = 0, True

    def on_body(self, chunk: bytes) -> None:
        start = self.length
        self.length += len(chunk)
        if chunk != self._body and not self._matches(chunk, start):
            self._same = False

    def failure(self, status: int) -> str | None:
        wrong = super().failure(status)
        self.verified = wrong is None
        if wrong is None and not (self._same and self.length == len(self._body)):
            return WRONG_BODY
        self._part_start += self._part_bytes
        if self._part_start >= len(self._body):
            self._part_start = 0
        return wrong

    def _matches(self, chunk: bytes, start: int) -> bool:
        """Whether what falls into the part that is looked at is the same."""
        end = start + len(chunk)
        if start >= self._part_start + self._part_bytes or end <= self._part_start:
            return True
        skipped = max(0, self._skipped - start)
        return chunk[skipped:] == self._body[start + skipped : end]


class AnswerSampling:
    """Which answers are looked at closely: as many as take a hundredth of the client's time, by all its connections."""

    def __init__(self, right: RightAnswer, clock: Callable[[], float] = perf_counter) -> None:
        compared = compared_under_load(right)
        self.right = right
        self.whole = compared != "type"
        """Whether the body is looked at, too."""
        self._check = AnswerCheck(right.model_copy(update={"compared": compared}))
        self._clock = clock
        self._next_s = 0.0

    @property
    def due(self) -> bool:
        return self._clock() >= self._next_s

    def fits(self, answer: AppResponse) -> bool:
        """Whether an answer is right; the next is looked at once this one's time is a small share."""
        begin_s = self._clock()
        found = self._check.mismatch(answer)
        end_s = self._clock()
        self._next_s = end_s + (end_s - begin_s) / _CHECKING_SHARE
        return found is None


class SampledBody(AnswerReader):
    """Bodies that differ, or are packed anew each time: samples of them are compared, by what they say."""

    def __init__(self, sampling: AnswerSampling) -> None:
        super().__init__(sampling.right)
        self._sampling = sampling
        self._headers: dict[str, str] = {}
        self._chunks: list[bytes] = []
        self.begin()

    def begin(self) -> None:
        self.length = 0
        self._sampled = self._sampling.due
        if self._sampled:
            self._headers, self._chunks = {}, []

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._sampled:
            self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, chunk: bytes) -> None:
        self.length += len(chunk)
        if self._sampled and (self._sampling.whole or not self._chunks):
            self._chunks.append(chunk)

    def failure(self, status: int) -> str | None:
        wrong = super().failure(status)
        # Asked again: all connections may have begun an answer before the first of these was looked at.
        self.verified = self._sampled and wrong is None and self._sampling.due
        if self.verified and not self._sampling.fits(AppResponse(status, self._headers, b"".join(self._chunks))):
            return WRONG_BODY
        return wrong
