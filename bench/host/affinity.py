"""Which core each process gets: what is measured, its client, its database."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Cores:
    """Who runs where: the measured process (agent or server), its client, its database. None: left to the kernel."""

    measured: tuple[int, ...] | None
    client: tuple[int, ...] | None
    database: tuple[int, ...] | None = None


def cores(clients: int = 1) -> Cores:
    """The last core that this process may use for what is measured, others for the client; neither of only one.

    `clients` are how many the client wants to have, and gets if there are so many. A database gets one more, or the
    client's last: never the measured one.
    """
    *others, measured = sorted(os.sched_getaffinity(0))
    if not others:
        return Cores(None, None)
    client = tuple(reversed(others[-max(clients, 1) :]))
    return Cores((measured,), client, (others[max(len(others) - len(client) - 1, 0)],))
