"""Where the client processes and the server run."""

from __future__ import annotations

from dataclasses import dataclass

from bench.serving.address import LOOPBACK, ServerUrl
from bench.serving.headers import Headers


@dataclass(frozen=True)
class ClientProcesses:
    """How many processes the client is. None of `here` and `elsewhere`: one, which needs no master.

    Else `here` start on this machine, and so many `elsewhere` are waited for, up to `patience_s`: each is a
    `bench worker`, which finds the master at `bind`:`port`. Port 0 is any free one.
    """

    here: int = 0
    elsewhere: int = 0
    bind: str = LOOPBACK
    port: int = 0
    patience_s: float = 60.0

    @property
    def workers(self) -> int:
        return self.here + self.elsewhere


ALONE = ClientProcesses()


@dataclass(frozen=True)
class Topology:
    """`server` is a server elsewhere; None: uvicorn in an agent of this machine, which listens at `port` of loopback
    (0: any free one). `meter` is the HOST:PORT at which that server says what it has used. Every request has `headers`.
    """

    port: int = 0
    server: ServerUrl | None = None
    meter: str | None = None
    headers: Headers = ()
    crew: ClientProcesses = ALONE


HERE = Topology()
MASTER_PORT = 5557
"""Where workers of other machines find their master: Locust's own choice."""
