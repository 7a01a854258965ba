"""What a server has used so far, and what it serves."""

from __future__ import annotations

from bench.model.base import Record


class Serving(Record):
    """What a `bench serve` serves: a target as its file stands, and the stack that it runs on."""

    target: str
    source_sha256: str
    lock_sha256: str
    server: str


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
