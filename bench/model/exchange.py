"""A request and its right answer."""

from __future__ import annotations

from pydantic import ConfigDict

from bench.model.base import Record


class Exchange(Record):
    """A request as it is sent, and the answer that is right: its status, and its body byte for byte.

    `headers` go over the wire as they stand, after `host` and `content-length`.
    """

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int
    answer: bytes
