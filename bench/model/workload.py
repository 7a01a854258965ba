"""What can be measured: targets, requests, cases, passes and efforts. Frozen, typed, without I/O.

Units stand in the names: `_us` microseconds, `_ms` milliseconds, `_s` seconds, `_mb` 10**6 bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import Field

from bench.model.base import Record


class Pass(StrEnum):
    """The parts of a run, in their order. A profiled process never gives a time, so each is a pass of its own.

    `takes` says which cases it takes of those whose request doesn't say which passes take it. What comes under load
    is the scenario's business, and whose served request is taken apart the plan's.
    """

    takes: Literal["all", "headlines", "none"]

    def __new__(cls, value: str, takes: Literal["all", "headlines", "none"] = "all") -> Self:
        made = str.__new__(cls, value)
        made._value_ = value
        made.takes = takes
        return made

    TIMING = "timing"
    ALLOCATIONS = "allocations"
    LOAD = "load"
    SERVER = "server", "none"
    CONNECTIONS = "connections", "none"
    BOUNDARIES = "boundaries", "none"
    MEMORY = "memory", "headlines"
    STARTUP = "start-up", "none"
    FACTS = "facts", "none"
    PROFILE = "profile", "headlines"
    SERVED_PROFILE = "served profile", "headlines"
    SUITE = "suite"


PROFILES = (Pass.PROFILE, Pass.SERVED_PROFILE)
OVER_HTTP = (Pass.LOAD, Pass.SERVER, Pass.BOUNDARIES, Pass.SERVED_PROFILE)
"""The passes whose clients speak HTTP only, and can't open a WebSocket."""


class EffortName(StrEnum):
    """How much a run measures, least first."""

    QUICK = "quick"
    DEFAULT = "default"
    FULL = "full"

    def covers(self, other: EffortName) -> bool:
        """Whether a run of this effort takes what needs `other` at the least."""
        order = list(EffortName)
        return order.index(other) <= order.index(self)


class Expect(Record):
    """What a right answer looks like. `rows` counts JSON items, CSV lines without the header, server-sent events, or
    messages of a WebSocket; `chunks` the pieces that the body is sent in."""

    status: int = 200
    json_file: str | None = None
    text: str | None = None
    rows: int | None = None
    chunks: int | None = Field(default=None, ge=1)


SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
"""What changes no state, by what HTTP says (RFC 9110, 9.2.1)."""


class Request(Record):
    """One request of a target. `body_json` is sent as JSON, `body` as it stands; at most one of them is set.

    `only` names the passes that take it, for a request too big for the others; empty means the usual ones.
    `over` is the parent target's request that it stands over, None for the one of the same name. `effort` is the
    least that takes it, None for what its target says. `varies` says that its answers differ: at these JSON paths and
    nowhere else, or (True) anywhere; what nobody declares is found by asking. `margin` and `ignored` are its case's.

    With `messages` it opens a WebSocket and sends its body so often, each time after the answer to the one before. With
    `leaves_after`, the client leaves a served stream after so many chunks, and then asks the path `then` what the app
    saw of that.
    """

    path: str
    method: str = "GET"
    headers: dict[str, str] = {}  # noqa: RUF012  a pydantic field: every record has its own
    body: str | None = None
    body_json: Any = None
    expect: Expect = Expect()
    only: tuple[Pass, ...] = ()
    over: str | None = None
    effort: EffortName | None = None
    varies: bool | tuple[str, ...] = False
    margin: float | None = None
    ignored: bool = False
    messages: int | None = Field(default=None, ge=1)
    leaves_after: int | None = Field(default=None, ge=1)
    then: str | None = None

    @property
    def safe(self) -> bool:
        """Whether it may be sent without being asked for: it changes no state."""
        return self.method in SAFE_METHODS

    @property
    def digest(self) -> str:
        """The same for what asks the same, whatever is expected of the answer."""
        asked = self.model_dump_json(include={"path", "method", "headers", "body", "body_json"})
        return hashlib.sha256(asked.encode()).hexdigest()[:8]


_NUMBER = re.compile(r" \[\d+\]$")

Comparing = Literal["bytes", "content", "shape", "type"]
"""How answers of one case are compared: byte for byte, by what they say once decoded, by their media type and the shape
of their JSON, or by their media type alone. Their status always is."""


class Case(Record):
    """A target with one of its requests: the unit of measurement, written `target:request`; of somebody's own app,
    whose target is called `module:attribute`, by the request alone: `GET /users/{id}`.

    A target's first request is its headline: the one whose memory and profile are taken, and that a scenario
    without `cases` puts under load; of somebody's own app each of them is. `parent_id` is the case that it stands over,
    if the parent answers that request.
    `compared` says how its answers are compared, and `varies` at which JSON paths they differ, as far as is known.
    `margin` is its own in comparisons, as a share, None for the one that the comparison has; what is `ignored` is in no
    comparison. `request_digest` says whether two cases of an app ask the same. A `start` is how the app starts, as far
    as this request, and is called like it. `chunks` are the pieces that a streamed answer is sent in, `messages` how
    many a WebSocket sends and receives, where the target says so; after how many chunks the client leaves says
    `leaves_after`.
    """

    target: str
    request: str
    over: str | None
    parent_id: str | None = None
    adds: str
    description: str
    headline: bool = False
    only: tuple[Pass, ...] = ()
    effort: EffortName = EffortName.QUICK
    compared: Comparing = "bytes"
    varies: tuple[str, ...] = ()
    margin: float | None = None
    request_digest: str | None = None
    start: bool = False
    ignored: bool = False
    chunks: int | None = None
    messages: int | None = None
    leaves_after: int | None = None
    source_sha256: str

    @property
    def id(self) -> str:
        if self.start:
            return self.target
        return self.request if self.of_app else f"{self.target}:{self.request}"

    @property
    def of_app(self) -> bool:
        """Whether it is a route of somebody's own app."""
        return ":" in self.target

    @property
    def group(self) -> str:
        """What its figures stand beside in one picture: those of the same request; of an app, all of its routes."""
        return self.target if self.of_app else self.request

    @property
    def label(self) -> str:
        """What it is called in that picture."""
        return self.request if self.of_app else self.target

    @property
    def route(self) -> str:
        """Of an app's case the id of its route, without the number of a second request."""
        return _NUMBER.sub("", self.request)

    @property
    def whole_app(self) -> bool:
        """Whether it isn't one route of an app but all of its traffic."""
        return self.of_app and self.request == self.target

    @property
    def pieces(self) -> int | None:
        """How many chunks its answer has, or how many messages its WebSocket; None where its target doesn't say."""
        return self.chunks if self.messages is None else self.messages

    def belongs_to(self, during: Pass) -> bool:
        """Whether a pass takes this case."""
        if self.messages is not None and during in OVER_HTTP:
            return False
        if self.only:
            return during in self.only
        return during.takes == "all" or (during.takes == "headlines" and self.headline)


def lineage(case: Case, among: Mapping[str, Case]) -> list[Case]:
    """The case, its parent, and so on up to the last ancestor among these (by id) that answers the same request."""
    found = [case]
    while (parent := among.get(found[-1].parent_id or "")) is not None:
        found.append(parent)
    return found


class Target(Record):
    """One ASGI app in `targets/`: the layer that it adds, and the target that it stands over (None: a root).

    `requires` are packages of the stack, `services` what has to run beside it; `effort` is the least that takes it.
    """

    name: str
    description: str
    over: str | None
    adds: str
    requires: tuple[str, ...] = ()
    services: tuple[Literal["postgresql"], ...] = ()
    effort: EffortName = EffortName.QUICK
    requests: dict[str, Request]
    source_sha256: str

    @property
    def headline(self) -> Case:
        """The case of its first request."""
        return self.case(next(iter(self.requests)))

    def case(self, request: str) -> Case:
        """The case of one of this target's requests."""
        asked = self.requests[request]
        return Case(
            target=self.name,
            request=request,
            over=self.over,
            parent_id=f"{self.over}:{asked.over or request}" if self.over else None,
            adds=self.adds,
            description=self.description,
            headline=":" in self.name or request == next(iter(self.requests)),
            only=asked.only,
            effort=asked.effort or self.effort,
            compared="shape" if asked.varies is True else "content" if asked.varies else "bytes",
            varies=asked.varies if isinstance(asked.varies, tuple) else (),
            request_digest=asked.digest if ":" in self.name else None,
            margin=asked.margin,
            ignored=asked.ignored,
            chunks=asked.expect.chunks,
            messages=asked.messages,
            leaves_after=asked.leaves_after,
            source_sha256=self.source_sha256,
        )
