"""The figures of a server's settings: frozen, without I/O. `bench.analysis.run.server_layers` makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.stats.intervals import Estimate


@dataclass(frozen=True)
class SettingCost:
    """One setting: CPU of a request with it, what it adds to the bare server's, and how many times that it takes;
    `changes` are the settings by which its server differs.

    `rate` is how many times as many requests were answered in the same time, and `client_busy` for which share of it
    the client was at work: near 1, it is the client that limits the rate.
    """

    name: str
    changes: str
    cpu_us: Estimate
    added_us: Estimate
    times: Estimate
    rate: Estimate
    client_busy: float


@dataclass(frozen=True)
class ServerLayers:
    """A case behind the bare server, and each setting by its name; `missing` says why others aren't there."""

    bare: str
    bare_us: Estimate
    users: int
    settings: Mapping[str, SettingCost]
    missing: Mapping[str, str]
