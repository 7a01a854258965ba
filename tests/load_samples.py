"""Loads that are good in every way: the closed and the open model."""

from __future__ import annotations

from bench.model.load import Ceiling, LoadSample, OpenLoad
from bench.stats.histogram import from_latencies

LOAD = LoadSample(
    case="fastapi_plain:rows1",
    scenario="hot",
    launch=0,
    model="closed",
    users=16,
    warmup_s=1.0,
    duration_s=5.0,
    requests=50_000,
    per_second=(10_000, 10_020, 9_990, 10_010, 9_980),
    errors={},
    latency=from_latencies([1_500_000] * 10),
    verified=500,
    connections=16,
    reconnects=0,
    client_requests=60_004,
    server_requests=60_004,
    client_cpu_s=1.5,
    server_user_s=4.0,
    server_system_s=0.9,
    server_cpu_s=4.9,
    reference_us=(200.0,) * 10,
    idle_reference_us=(200.0,) * 100,
    server_rss_mb=60.0,
    server_cores=(1,),
    client_cores=(0,),
    client_waited_s=0.1,
    server_waited_s=0.05,
    client_grown_mb=0.4,
    under_way=15.2,
    stolen_before={0: 0.01, 1: 0.02},
    ceiling=Ceiling(requests=24_000, duration_s=0.6, client_cpu_s=0.58),
)
OPENED = OpenLoad(
    rate=10_000.0,
    arrivals="constant",
    offered=50_020,
    due=60_004,
    ended=60_004,
    unsent=0,
    service=from_latencies([1_200_000] * 50_000),
    lag=from_latencies([30_000] * 50_000),
)
OPEN = LOAD.model_copy(
    update={
        "model": "open",
        "open": OPENED,
        "latency": from_latencies([1_500_000] * 50_000),
        "per_second": (0,) * 5,  # only what is asked back to back is counted there
        "under_way": 11.8,
        "client_cpu_s": 4.9,
    }
)
