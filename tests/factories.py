"""A synthetic but plausible run, for tests that need one without measuring anything. The same seed, the same run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

import numpy as np

from bench.model.environment import Host, Stack
from bench.model.load import LoadSample, OpenLoad, SearchSample
from bench.model.run import (
    AllocationSample,
    MemorySample,
    MissingSample,
    Noise,
    ProfileSample,
    Run,
    Sample,
    TimingSample,
    Windows,
)
from bench.model.scenario import Objective
from bench.model.workload import Case, Pass
from bench.stats.histogram import from_latencies

LAUNCHES = 10
WINDOWS = 12
NASTY_DESCRIPTION = "FastAPI streaming <b>CSV</b> & yielding \"rows\"</script><script>alert('x')</script>."

# target: (over, adds, description, {request: µs that the target adds})
_TARGETS: dict[str, tuple[str | None, str, str, dict[str, float]]] = {
    "raw_asgi": (
        None,
        "raw ASGI",
        "The floor: an ASGI function sending ready bytes.",
        {"plain": 4.8, "rows1": 4.9, "rows100": 5.2, "rows1000": 6.1, "csv1000": 5.6},
    ),
    "starlette_plain": (
        "raw_asgi",
        "Starlette",
        "Starlette returning ready bytes.",
        {"plain": 7.4, "rows1": 7.5, "rows100": 7.6, "rows1000": 7.7, "csv1000": 7.6},
    ),
    "starlette_json": (
        "starlette_plain",
        "JSONResponse",
        "Starlette encoding dicts with its JSONResponse.",
        {"rows1": 2.6, "rows100": 57.9, "rows1000": 561.0},
    ),
    "fastapi_plain": (
        "starlette_plain",
        "FastAPI",
        "FastAPI returning a ready Response.",
        {"plain": 17.2, "rows1": 17.4, "rows100": 17.5, "rows1000": 17.9, "csv1000": 17.6},
    ),
    "fastapi_dict": (
        "fastapi_plain",
        "dict return",
        "FastAPI encoding returned dicts with no response model.",
        {"rows1": 9.4, "rows100": 511.0, "rows1000": 5120.0},
    ),
    "fastapi_response_model": (
        "fastapi_plain",
        "response_model",
        "FastAPI serialising Pydantic models through response_model.",
        {"rows1": 7.6, "rows100": 33.1, "rows1000": 268.0},
    ),
    "fastapi_orjson": (
        "fastapi_response_model",
        "ORJSONResponse",
        "FastAPI serialising models through response_model, encoded by orjson.",
        {"rows1": 3.4, "rows100": 6.2, "rows1000": -61.0},
    ),
    "csv_full": (
        "fastapi_plain",
        "CSV as one body",
        "A CSV export made as one string and sent as one body.",
        {"csv1000": 640.0, "export": 90_000.0},
    ),
    "csv_stream": (
        "fastapi_plain",
        "CSV streamed",
        NASTY_DESCRIPTION,
        {"csv1000": 1890.0, "export": 160_000.0},
    ),
}


@cache  # asked for by hundreds of tests, and frozen
def synthetic_run(seed: int = 7) -> Run:
    """Nine targets, every pass, a negative marginal cost, something INVALID and something skipped."""
    rng = random.Random(seed)
    cases = tuple(_cases())
    return Run(
        id="20260301-101500-fastapi-0.165.0",
        started_at=datetime(2026, 3, 1, 10, 15, tzinfo=UTC),
        effort="default",
        seed=seed,
        commit="3f1c0de9a2b4",
        dirty=False,
        harness_version="0.1.0",
        complete=True,
        stack=Stack(
            requirements=("fastapi", "orjson", "pydantic", "starlette", "uvicorn"),
            python="3.11.9",
            packages={
                "fastapi": "0.165.0",
                "httptools": "0.9.0",
                "orjson": "3.13.0",
                "pydantic": "2.14.3",
                "pydantic-core": "2.50.4",
                "starlette": "1.10.0",
                "uvicorn": "0.54.0",
                "uvloop": "0.23.0",
            },
            lock_sha256="5b" * 32,
        ),
        host=Host(
            cpu_model="Example CPU @ 2.50GHz",
            cores=2,
            memory_mb=8192,
            system="Linux",
            kernel="6.1.0",
            architecture="x86_64",
            virtualised=True,
            fingerprint="c0ffee00",
        ),
        noise=(
            Noise(at="start", core=1, duration_s=1.0, stolen_share=0.004, longest_gap_us=310.0),
            Noise(at="end", core=1, duration_s=1.0, stolen_share=0.021, longest_gap_us=4100.0),
        ),
        cases=cases,
        samples=tuple(_samples(cases, rng)),
        absences=(
            MissingSample(
                case="fastapi_dict:rows1000",
                during=Pass.LOAD,
                kind="invalid",
                reason="the server stopped answering after 3 s: 412 requests timed out",
            ),
            MissingSample(
                case="fastapi_orjson:rows100",
                during=Pass.MEMORY,
                kind="skipped",
                reason="needs orjson>=99, the stack has 3.13.0",
            ),
        ),
        elapsed_s={Pass.TIMING: 121.0, Pass.ALLOCATIONS: 22.5, Pass.LOAD: 96.2, Pass.MEMORY: 8.4, Pass.PROFILE: 31.0},
    )


def timing_sample(
    case: str,
    launch: int,
    cpu_us: tuple[float, ...],
    parent: tuple[str, tuple[float, ...]] | None = None,
    gc_us: tuple[float, ...] | None = None,
) -> TimingSample:
    """One launch with these windows; `parent` is a case with its own. A single value stands for three alike."""

    def windows(values: tuple[float, ...]) -> Windows:
        values = values * 3 if len(values) == 1 else values
        wall = tuple(value * 1.04 for value in values)
        return Windows(
            calls=1000,
            cpu_us=values,
            wall_us=wall,
            gc_us=gc_us or (0.0,) * len(values),
            reference_us=(200.0,) * len(values),
        )

    return TimingSample(
        case=case,
        launch=launch,
        hash_seed=launch,
        windows=windows(cpu_us),
        parent=parent[0] if parent else None,
        parent_windows=windows(parent[1]) if parent else None,
    )


def _cases() -> Iterator[Case]:
    for target, (over, adds, description, requests) in _TARGETS.items():
        for request in requests:
            yield Case(
                target=target,
                request=request,
                over=over,
                parent_id=f"{over}:{request}" if over else None,
                adds=adds,
                description=description,
                headline=request == ("rows100" if "rows100" in requests else next(iter(requests))),
                source_sha256=f"{len(target):02x}" * 32,
            )


def _cost(case: Case, cases: dict[str, Case]) -> float:
    parent = cases.get(case.parent_id or "")
    return _TARGETS[case.target][3][case.request] + (_cost(parent, cases) if parent else 0.0)


def _samples(cases: tuple[Case, ...], rng: random.Random) -> Iterator[Sample]:
    by_id = {case.id: case for case in cases}
    for case in cases:
        if case.request == "export":
            yield from _memory(case, rng)
            continue
        cost = _cost(case, by_id)
        parent = by_id.get(case.parent_id or "")
        for launch in range(LAUNCHES):
            drift = rng.gauss(1, 0.01)
            beside = (parent.id, _windows(_cost(parent, by_id) * drift, rng)) if parent else None
            gc_us = tuple(cost * 0.3 if window % 4 == 3 and cost > 100 else 0.0 for window in range(WINDOWS))
            yield timing_sample(case.id, launch, _windows(cost * drift, rng), beside, gc_us)
        yield from _allocations(case, cost)
        if case.request in {"rows100", "csv1000"}:
            yield (loaded := _load(case, cost, rng))
            if case.id == "fastapi_plain:rows100":
                yield _paced(loaded, 1000.0, 0.4).model_copy(update={"scenario": "paced"})
                yield _search(loaded)
        if case.request in {"rows100", "csv1000"}:
            yield _profile(case, cost)
    served = by_id["fastapi_response_model:rows100"]
    yield _served_profile(served, _cost(served, by_id))


def _windows(cost: float, rng: random.Random) -> tuple[float, ...]:
    return tuple(cost * rng.gauss(1, 0.02) + (cost * 0.4 if rng.random() < 0.02 else 0.0) for _ in range(WINDOWS))


def _allocations(case: Case, cost: float) -> Iterator[AllocationSample]:
    for launch in range(2):
        unsteady = launch if case.id == "fastapi_dict:rows1" else 0
        allocs = round(cost * 4) * 50 + unsteady
        yield AllocationSample(
            case=case.id, launch=launch, hash_seed=launch, requests=50, allocs=allocs, alloc_bytes=allocs * 97
        )


def _memory(case: Case, rng: random.Random) -> Iterator[MemorySample]:
    for launch in range(3):
        yield MemorySample(
            case=case.id,
            launch=launch,
            before_mb=44.0 + rng.random(),
            peak_mb=(27.1 if case.target == "csv_full" else 0.12) * rng.gauss(1, 0.01),
            body_bytes=7_900_000,
            first_byte_ms=(181.0 if case.target == "csv_full" else 1.2) * rng.gauss(1, 0.02),
            elapsed_ms=190.0 * rng.gauss(1, 0.02),
        )


def _load(case: Case, cost: float, rng: random.Random) -> LoadSample:
    seconds, users = 5, 16
    server_us = cost * 1.1 + 24.0
    rate = round(1e6 / server_us * 0.97)
    shares = np.random.default_rng(rng.getrandbits(32)).lognormal(0, 0.22, rate)
    drawn = np.round(users * server_us * 1000 * shares).astype(np.int64)
    return LoadSample(
        case=case.id,
        scenario="steady",
        launch=0,
        model="closed",
        users=users,
        warmup_s=1.0,
        duration_s=float(seconds),
        requests=rate * seconds,
        per_second=(rate,) * seconds,
        errors={},
        latency=from_latencies(np.tile(drawn, seconds)),
        verified=120,
        connections=users,
        reconnects=0,
        client_requests=rate * (seconds + 1),
        # One launch answered more than it was asked: its figures may not be believed.
        server_requests=rate * (seconds + 1) + (57 if case.target == "starlette_json" else 0),
        client_cpu_s=rate * seconds * 9e-6,
        server_user_s=rate * seconds * server_us * 0.8e-6,
        server_system_s=rate * seconds * server_us * 0.2e-6,
        server_cpu_s=rate * seconds * server_us * 1e-6,
        reference_us=(200.0,) * 240,
        idle_reference_us=(200.0,) * 100,
        server_rss_mb=58.0 + cost / 100,
        server_cores=(1,),
        client_cores=(0,),
    )


def _paced(closed: LoadSample, rate: float, typical_ms: float) -> LoadSample:
    """The same case asked at a rate, and how long it then takes."""
    offered = round(rate * closed.duration_s)
    spread = np.round(typical_ms * 1e6 * (1 + (np.arange(offered) % 97) / 40)).astype(np.int64)
    load = OpenLoad(
        rate=rate,
        arrivals="constant",
        offered=offered,
        due=offered + 1000,
        ended=offered + 1000,
        unsent=0,
        service=from_latencies(np.round(0.8 * spread)),
        lag=from_latencies(np.full(offered, 20_000)),
    )
    return closed.model_copy(
        update={
            "model": "open",
            "open": load,
            "users": 64,
            "connections": 64,
            "requests": offered,
            "per_second": (0,) * 5,
            "latency": from_latencies(spread),
            "client_requests": offered + 1000,
            "server_requests": offered + 1000,
            "client_cpu_s": offered * 20e-6,
            "server_cpu_s": offered * 120e-6,
        }
    )


def _search(closed: LoadSample) -> SearchSample:
    """Holds up to 8,000 a second, and bends on the way there."""
    rates = {2000.0: 0.4, 4000.0: 0.5, 6000.0: 0.9, 8000.0: 2.5, 8500.0: 9.0}
    return SearchSample(
        case=closed.case,
        scenario="hot",
        objective=Objective(q=0.99, limit_ms=10.0),
        capacity=closed,
        steps=tuple(_paced(closed, rate, typical_ms) for rate, typical_ms in rates.items()),
    )


def _profile(case: Case, cost: float) -> ProfileSample:
    return ProfileSample(
        case=case.id,
        file=f"profiles/{case.target}.{case.request}.folded",
        interval_s=0.001,
        duration_s=2.0,
        requests=round(2e6 / (cost * 2.1)),
        tax=2.1,
    )


def _served_profile(case: Case, cost: float) -> ProfileSample:
    return _profile(case, cost + 60.0).model_copy(
        update={
            "where": "served",
            "file": f"profiles/{case.target}.{case.request}.served.folded",
            "server": "uvicorn 0.54.0, uvloop, httptools",
            "users": 16,
            "kernel_share": 0.23,
        }
    )
