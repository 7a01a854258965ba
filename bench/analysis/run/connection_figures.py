"""What connections cost a server: figures over launches. `bench.analysis.run.connections` makes them."""

from __future__ import annotations

from dataclasses import dataclass

from bench.model.connections import ConnectionSample, HeldKind
from bench.stats.intervals import Estimate


@dataclass(frozen=True)
class HeldCost:
    """So many open that nobody uses: memory of each, in kB of the server's process; its CPU for all of them while
    nothing is asked, in ms per second, above that without them; and what a request on a few other connections takes
    more than without them. None where no request was sent, or the core was disturbed."""

    connections: int
    each_kb: Estimate
    idle_cpu_ms_per_s: Estimate
    busy_us: Estimate | None
    busy_added_us: Estimate | None


@dataclass(frozen=True)
class ConnectionCosts:
    """Of one case. `kept_us` is the server's CPU for a request on a connection that stays, `fresh_us` for one on a new
    connection, `fresh_added_us` the difference; None for streams and WebSockets, and where the core was disturbed.
    `asked` is how many were to be held at most, `file_limit` what limited them, if it did."""

    holds: HeldKind
    levels: tuple[HeldCost, ...]
    kept_us: Estimate | None
    fresh_us: Estimate | None
    fresh_added_us: Estimate | None
    asked: int
    file_limit: int | None
    samples: tuple[ConnectionSample, ...]
