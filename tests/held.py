"""Samples of the connections pass, with plain costs that a test may change."""

from __future__ import annotations

from typing import Any

from bench.model.connections import ConnectionLevel, ConnectionSample, RequestWindows

REFERENCE_US = 200.0


def windows(cpu_us: float, number: int = 6, reference_us: float = REFERENCE_US) -> RequestWindows:
    return RequestWindows(
        requests=(500,) * number,
        cpu_us=tuple(cpu_us + 0.01 * at for at in range(number)),
        reference_us=(reference_us,) * number,
    )


def held_level(wanted: int = 1_000, each_kb: float = 12.0, busy_us: float = 104.0, **changed: Any) -> ConnectionLevel:
    fields: dict[str, Any] = {
        "wanted": wanted,
        "client_open": wanted,
        "server_open": wanted,
        "rss_from": wanted // 10,
        "rss_from_mb": 50.0,
        "rss_mb": 50.0 + each_kb * (wanted - wanted // 10) / 1e3,
        "idle_s": 0.5,
        "idle_cpu_s": 0.0015,
        "busy": windows(busy_us),
    }
    return ConnectionLevel(**(fields | changed))


def held_sample(case: str = "fastapi_plain:plain", launch: int = 0, **changed: Any) -> ConnectionSample:
    fields: dict[str, Any] = {
        "case": case,
        "launch": launch,
        "hash_seed": launch,
        "server": "uvicorn 0.54.0, uvloop, httptools",
        "holds": "connection",
        "asked": 1_000,
        "file_limit": 20_000,
        "idle_s": 0.5,
        "idle_cpu_s": 0.001,
        "kept": windows(100.0),
        "alone": windows(100.0, 12),
        "fresh": windows(180.0),
        "levels": (held_level(),),
        "verified": 20,
        "server_cores": (1,),
        "client_cores": (0,),
    }
    return ConnectionSample(**(fields | changed))
