"""Three users export a table repeatedly; 100 others request /health once per second, to measure how long they wait."""

import random

import gevent
from locust import task

from bench.load.user import HotUser, RawUser

SCENARIO = {
    "cases": ["export_string:export5", "export_cursor:export5"],
    "model": "closed",
    "users": 103,
    # A p99 needs a thousand of the others' requests in all launches of a default run.
    "duration_s": 12.0,
    "effort": "default",
}

START = random.Random(20)
EVERY_S = 1.0


class Exporter(HotUser):
    fixed_count = 3
    path = "/archive.csv?limit=25000"
    name = "export"


class Canary(RawUser):
    """Asks on a schedule, as somebody would who knows nothing of the exports: the wait for one counts in full.

    There are many, each with a connection of its own, since one alone would mostly wait behind itself.
    """

    @task
    def ask(self) -> None:
        self._is_healthy(None)  # connected before the exports begin: a server that is busy is slow to accept
        gevent.sleep(START.uniform(0, EVERY_S))
        while True:
            self._is_healthy(self.next_due(EVERY_S))

    def _is_healthy(self, due_s: float | None) -> None:
        self.get("/health", name="health", status=200, expect=b'{"status":"ok"}', due_s=due_s)
