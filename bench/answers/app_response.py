"""One answer as it came, and what it says: its content, decoded, and read as JSON where it is that."""

from __future__ import annotations

import base64
import csv
import io
import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from bench.answers.decoding import UndecodableError, decoded

_WEBSOCKET, _EVENTS = 101, "text/event-stream"
_JSON_LINES = ("application/x-ndjson", "application/jsonl", "application/json-lines", "application/jsonlines")


@dataclass(frozen=True)
class AppResponse:
    """What came back; header names in lower case, the body whole, as it was sent; of a WebSocket (status 101) a line
    for each message. `raised` says that the app raised after that, `chunks` in how many pieces the body was sent, where
    that is known, and `printed` the last line that the app printed meanwhile, where somebody looked."""

    status: int
    headers: dict[str, str]
    body: bytes
    raised: bool = False
    chunks: int | None = None
    printed: str = field(default="", compare=False)

    @classmethod
    def of(cls, reply: dict[str, Any]) -> AppResponse:
        """From an agent's reply to `answer`, once: the file of a large body is removed."""
        headers = {name.lower(): value for name, value in reply["headers"]}
        return cls(reply["status"], headers, _body(reply), reply["raised"], reply.get("chunks"))

    @property
    def media_type(self) -> str:
        """The content type without its parameters, which may vary (a boundary, say); "" when there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def content_encoding(self) -> str:
        return self.headers.get("content-encoding", "")

    @cached_property
    def content(self) -> bytes:
        """The body, decoded. Raises UndecodableError."""
        return decoded(self.body, self.content_encoding)

    @cached_property
    def document(self) -> Any:
        """The content as JSON; of JSON lines a list. Raises ValueError for what is neither."""
        if self.media_type in _JSON_LINES:
            return [json.loads(line) for line in self.content.splitlines() if line.strip()]
        return json.loads(self.content)

    @property
    def is_json(self) -> bool:
        """Whether it is an object or a list in JSON: a number may as well be text."""
        try:
            return isinstance(self.document, dict | list)
        except ValueError:
            return False

    def rows(self) -> int:
        """JSON items, events, messages, or CSV lines without the header. Raises ValueError for what is none of them."""
        if self.status == _WEBSOCKET:
            return self.content.count(b"\n")
        if self.media_type == _EVENTS:
            return self.content.count(b"\n\n")
        if "json" in self.media_type:
            return len(self.document)
        return sum(1 for _ in csv.reader(io.StringIO(self.content.decode(), newline=""))) - 1

    def says_the_same_as(self, other: AppResponse) -> bool:
        """The same status and content: byte for byte once decoded, or as JSON."""
        if self.status != other.status or self.body == other.body:
            return self.status == other.status
        try:
            return self.content == other.content or bool(self.document == other.document)
        except ValueError:
            return False


def _body(reply: dict[str, Any]) -> bytes:
    if "body" in reply:
        return base64.b64decode(reply["body"])
    file = Path(reply["body_file"])
    body = file.read_bytes()
    file.unlink()
    return body


def undecodable(answer: AppResponse) -> str | None:
    """Why the content of an answer can't be read, or None."""
    try:
        answer.content  # noqa: B018  decoded when it is first asked for
    except UndecodableError as error:
        return str(error)
    return None
