"""What a server has used so far, and what it serves."""

from __future__ import annotations

from bench.model.base import Record
from bench.model.server import ServerSettings


class Serving(Record):
    """What a `bench serve` serves: a target as its file stands, and the stack that it runs on. `settings` are those of
    its server, which older ones don't tell."""

    target: str
    source_sha256: str
    lock_sha256: str
    server: str
    settings: ServerSettings | None = None


class Reading(Record):
    """What a server's processes had used at a moment `at_s` of their machine's monotonic clock, all since their start.

    `waited_s` had work and no core. `requests` is what the server has counted, where it is asked.
    """

    at_s: float
    cpu_s: float
    user_s: float
    system_s: float
    waited_s: float
    rss_mb: float
    database_cpu_s: float | None = None
    requests: int | None = None
    serving: Serving | None = None
