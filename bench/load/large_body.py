"""Large bodies, most of which the kernel drops: a copy costs the client as much as it cost the server that sent it."""

from __future__ import annotations

import socket
from collections.abc import Callable

from bench.load.answer_reader import FixedBody
from bench.model.exchange import RightAnswer

# Linux drops what it would have copied (tcp(7)), and says how much that was.
_DROPPED = socket.MSG_TRUNC


class LargeBody(FixedBody):
    """The same bytes every time, of which one part in turn is received and compared, and the others are counted.

    A parser has to be given every byte that it is to count. So it reads the headers and the beginning of the body, and
    the `rest` comes without it, where the length that is announced is the right one.
    """

    def __init__(self, right: RightAnswer) -> None:
        super().__init__(right)
        self._announced = b"%d" % len(right.answer)
        self._countable = False

    def begin(self) -> None:
        super().begin()
        self._countable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if value == self._announced and name.lower() == b"content-length":
            self._countable = True

    @property
    def rest(self) -> int:  # type: ignore[override]
        return len(self._body) - self.length if self._countable and self.length else 0

    def receive(self, receive_into: Callable[..., int], buffer: memoryview) -> int:
        """Some more of the body; how many bytes that were. Raises what `receive_into` raises."""
        start, part_end = self.length, self._part_start + self._part_bytes
        if start < self._part_start or start >= part_end:
            until = self._part_start if start < self._part_start else len(self._body)
            received = receive_into(buffer, min(until - start, len(buffer)), _DROPPED)
        else:
            received = receive_into(buffer, min(part_end - start, self.rest, len(buffer)))
            if not self._body.startswith(buffer[:received], start):
                self._same = False
        self.length += received
        return received
