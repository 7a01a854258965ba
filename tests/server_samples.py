"""Launches behind a bare server and others, with costs that are known."""

from __future__ import annotations

from collections.abc import Mapping

from bench.model.server import ServerSettings
from bench.model.server_layers import ServerSample, ServerWindows

BARE_US = 30.0
ADDED_US = {
    "access log": 9.0,
    "proxy headers": 1.0,
    "date and server headers": 0.5,
    "all three, uvicorn's defaults": 10.4,
    "h11 instead of httptools": 60.0,
    "asyncio instead of uvloop": 21.0,
}
ROUNDS = 6


def server_sample(
    case: str,
    launch: int,
    added_us: Mapping[str, float] = ADDED_US,
    *,
    bare_us: float = BARE_US,
    slowed: Mapping[int, float] | None = None,
    missing: Mapping[str, str] | None = None,
) -> ServerSample:
    """One launch, a little slower than the one before; a round that a neighbour `slowed` is so by that factor."""
    drift = 1 + launch / 200
    rounds = [(slowed or {}).get(index, 1.0) for index in range(ROUNDS)]

    def windows(cost_us: float, settings: str) -> ServerWindows:
        return ServerWindows(
            server=ServerSettings.parse(settings),
            requests=1000,
            cpu_us=tuple(cost_us * drift * factor for factor in rounds),
            wall_us=tuple(cost_us * drift * factor * 1.02 for factor in rounds),
            client_us=(15.0,) * ROUNDS,
            reference_us=tuple(200.0 * factor for factor in rounds),
        )

    return ServerSample(
        case=case,
        launch=launch,
        hash_seed=launch,
        users=16,
        bare=windows(bare_us, "uvicorn http=httptools loop=uvloop"),
        variants={name: windows(bare_us + us, "uvicorn http=h11 loop=uvloop") for name, us in added_us.items()},
        missing=dict(missing or {}),
        verified=50_000,
        client_requests=50_000,
        server_requests=50_000,
        server_cores=(1,),
        client_cores=(0,),
    )
