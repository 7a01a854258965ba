"""A request and its right answer."""

from __future__ import annotations

from pydantic import ConfigDict

from bench.model.base import Record
from bench.model.workload import Comparing


class Shape(Record):
    """What values of JSON have in common. `types` are the names of JSON's types that were seen.

    Of objects: `properties` by key, of which `required` are in every one; `closed` when all had the same keys, else
    others may come. Of lists: what `items` have in common (None: there was none), and `length`, None when it varies.
    """

    types: tuple[str, ...]
    properties: dict[str, Shape] = {}  # noqa: RUF012  a pydantic field: every record has its own
    required: tuple[str, ...] = ()
    closed: bool = True
    items: Shape | None = None
    length: int | None = None


class RightAnswer(Record):
    """What a right answer has to be like. `answer` is the body of one, as it was sent.

    `compared` says how others are compared with it: for "bytes" that body, for "content" what it says but for the JSON
    paths in `varies`, for "shape" its media type and `shape` (None: too large), for "type" the former. The app `raises`
    after it has sent the answer: uvicorn closes the connection then, though it doesn't announce that.
    """

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    status: int
    answer: bytes
    content_type: str = ""
    content_encoding: str = ""
    compared: Comparing = "bytes"
    varies: tuple[str, ...] = ()
    shape: Shape | None = None
    raises: bool = False


class Exchange(RightAnswer):
    """A request as it is sent, and the answer that is right.

    `headers` go over the wire as they stand, after `host` and `content-length`.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
