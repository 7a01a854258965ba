"""What connections that nobody uses cost a server, and what it costs to make new ones: one launch of one case."""

from __future__ import annotations

from typing import Literal

from bench.model.base import Record

HeldKind = Literal["connection", "stream", "websocket"]
"""What is held open: a kept-alive connection between two requests, a response that has no end, a WebSocket."""

SPARE_FILES = 100
"""What a process has open beside its connections: libraries, pipes, a log, the connections that are asked on."""


class RequestWindows(Record):
    """Short stretches of requests over real connections: how many each answered, and the server's CPU per request.

    `reference_us` is what the reference work took on the server's core just before each.
    """

    requests: tuple[int, ...] = ()
    cpu_us: tuple[float, ...] = ()
    reference_us: tuple[float, ...] = ()


class ConnectionLevel(Record):
    """So many held open at once: what `wanted` came to, by each side's own count at the end of all that was measured.

    Resident memory is that of the server's process before the last `wanted - rss_from` were opened, and after.
    `idle_cpu_s` is what its process used within `idle_s` in which nobody asked for anything. `busy` are requests on a
    few other connections meanwhile; none where the server answers nothing but what is held. `lost` counts what ended
    or failed, by what it was.
    """

    wanted: int
    client_open: int
    server_open: int
    rss_from: int
    rss_from_mb: float
    rss_mb: float
    idle_s: float
    idle_cpu_s: float
    busy: RequestWindows = RequestWindows()
    lost: dict[str, int] = {}  # noqa: RUF012  a pydantic field: every record has its own


class ConnectionSample(Record):
    """Connections of a case's server in one launch: `holds` says of which kind.

    `kept` are requests on connections that stay, `fresh` on a new connection each, window by window in turn; `alone`
    are requests on connections that stay with nothing held, one half before the first level and one after the last.
    All three are empty for streams and WebSockets. `asked` is how many the effort wanted at most, `file_limit` the
    number of open files that both sides may have: where that is too low, the levels are as high as it allows.
    `errors` counts wrong and failed responses, `verified` how many were compared whole.
    """

    kind: Literal["connections"] = "connections"
    case: str
    launch: int
    hash_seed: int
    server: str
    holds: HeldKind
    asked: int
    file_limit: int
    idle_s: float
    idle_cpu_s: float
    kept: RequestWindows = RequestWindows()
    fresh: RequestWindows = RequestWindows()
    alone: RequestWindows = RequestWindows()
    levels: tuple[ConnectionLevel, ...]
    errors: dict[str, int] = {}  # noqa: RUF012  a pydantic field: every record has its own
    verified: int = 0
    server_cores: tuple[int, ...] = ()
    client_cores: tuple[int, ...] = ()
