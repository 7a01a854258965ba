"""The client: a process of its own that holds connections and asks beside them, by commands on its standard input.

The first line is its task; each further one a command, answered in a line. The end of the input ends it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from bench.agent.file_limit import raise_file_limit
from bench.host.procfs import ProcessGoneError, cpu_s
from bench.serving.held.connections import HeldConnections
from bench.serving.held.requests import RepeatedExchange
from bench.serving.held.task import ConnectionTask

_SETTLE_S = 0.003
"""What a server does after the last answer of a window, such as closing connections, belongs to it."""


class Client:
    """Its methods are the commands."""

    def __init__(self, task: ConnectionTask) -> None:
        self._pid = task.server_pid
        self._held = HeldConnections(task)
        self._repeated = RepeatedExchange(task)

    def hold(self, count: int) -> dict[str, Any]:
        """Have so many open, no matter how many there are already."""
        self._held.hold(count)
        return self.count()

    def count(self) -> dict[str, Any]:
        return {"open": self._held.open, "lost": dict(self._held.lost)}

    def idle(self, for_s: float) -> dict[str, float]:
        """What the server uses while nobody asks for anything."""
        begin_s, begun_s = cpu_s(self._pid), time.perf_counter()
        self._held.serve(for_s)
        return {"idle_s": time.perf_counter() - begun_s, "cpu_s": cpu_s(self._pid) - begin_s}

    def window(self, for_s: float, *, fresh: bool) -> dict[str, float]:
        """Right answers within `for_s`, one round at the least, and what they cost the server."""
        requests, begin_s = 0, cpu_s(self._pid)
        deadline_s = time.perf_counter() + for_s
        while True:
            requests += self._repeated.round(fresh=fresh)
            if time.perf_counter() >= deadline_s:
                break
        time.sleep(_SETTLE_S)
        return {"requests": requests, "cpu_s": cpu_s(self._pid) - begin_s}

    def leave(self) -> None:
        self._repeated.leave()

    def drop(self) -> None:
        self._held.drop()

    def report(self) -> dict[str, Any]:
        return {"errors": dict(self._repeated.errors), "verified": self._repeated.verified}


def main() -> None:
    client = Client(ConnectionTask.model_validate_json(sys.stdin.readline()))
    _say({"result": {"file_limit": raise_file_limit()}})
    for line in sys.stdin:
        given = json.loads(line)
        command: Callable[..., Any] = getattr(client, given.pop("do"))
        try:
            _say({"result": command(**given)})
        except ProcessGoneError as error:
            _say({"error": str(error)})


def _say(message: dict[str, Any]) -> None:
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    main()
