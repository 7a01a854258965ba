"""What is observed of one app behind servers that differ in one setting each: frozen, typed, without I/O."""

from __future__ import annotations

from typing import Literal

from bench.model.base import Record
from bench.model.server import ServerSettings


class ServerWindows(Record):
    """One server's windows in one launch. A window is as many requests as `requests` says, from the first byte sent to
    the last answer received; each figure is per request.

    `cpu_us` is CPU time of all processes of the server, `client_us` of the client. `reference_us` is what a
    fixed piece of work took just before each window: the core's speed.
    """

    server: ServerSettings
    requests: int
    cpu_us: tuple[float, ...]
    wall_us: tuple[float, ...]
    client_us: tuple[float, ...]
    reference_us: tuple[float, ...]


class ServerSample(Record):
    """One launch of a case behind a bare server and behind `variants` of it, by their names: window i of all of them
    ran in one round, in random order, on one core.

    `missing` says of the variants that couldn't be measured why. `client_requests` were answered to the client,
    `server_requests` were counted by the servers, those before the windows not counted.
    """

    kind: Literal["server"] = "server"
    case: str
    launch: int
    hash_seed: int
    users: int
    bare: ServerWindows
    variants: dict[str, ServerWindows]
    missing: dict[str, str] = {}  # noqa: RUF012  a pydantic field: every record has its own
    errors: dict[str, int] = {}  # noqa: RUF012
    verified: int
    client_requests: int
    server_requests: int
    server_cores: tuple[int, ...]
    client_cores: tuple[int, ...]
