"""A request and its right answer."""

from __future__ import annotations

from pydantic import ConfigDict

from bench.model.base import Record


class Exchange(Record):
    """A request as it is sent, and the answer that is right: its status, and its body byte for byte.

    `headers` go over the wire as they stand, after `host` and `content-length`. With `lengths`, the body varies from
    one answer to the next: every length in bytes from the first of them to the second is right, whatever the bytes.
    """

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int
    answer: bytes
    lengths: tuple[int, int] | None = None

    def is_right(self, status: int, body: bytes) -> bool:
        if self.lengths is not None:
            return status == self.status and self.lengths[0] <= len(body) <= self.lengths[1]
        return (status, body) == (self.status, self.answer)
