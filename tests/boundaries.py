"""Synthetic boundary samples with a known truth, and folded stacks by layer."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from factories import synthetic_run

from bench.agent.tracing.clock import LAYERS
from bench.model.boundaries import BoundarySample, Crossings, ServedWindows, TimerCost
from bench.model.run import Run

REQUESTS = 1000
COSTS = {"server": 60.0, "starlette": 12.0, "fastapi": 24.0, "pydantic": 30.0, "json": 0.0, "handler": 2.0, "gc": 1.5}
TIMERS = (
    TimerCost(way="coroutine", inside_ns=300.0, outside_ns=700.0),
    TimerCost(way="function", inside_ns=250.0, outside_ns=400.0),
)
FILES = {
    "in process": "profiles/fastapi_response_model.rows100.folded",
    "served": "profiles/fastapi_response_model.rows100.served.folded",
}
"""Where the synthetic run has the profiles of its main chain."""
_PATH = ("server", "starlette", "fastapi", "handler")
_FRAMES = {
    "driver": "bench.agent.requests.asgi_client:PreparedRequest.perform",
    "server": "uvicorn.server:Server.serve",
    "starlette": "starlette.routing:Router.app",
    "fastapi": "fastapi.routing:app",
    "pydantic": "pydantic.main:BaseModel.x",
    "json": "json:dumps",
    "database": "asyncpg.pool:acquire",
    "handler": "targets.a:get",
    "gc": "[gc]",
}


def boundary_sample(
    case: str,
    launch: int,
    truth_us: Mapping[str, float],
    system_us: float = 9.0,
    slowed: float = 1.0,
    requests: int = REQUESTS,
) -> BoundarySample:
    """A launch whose layers took `truth_us` on a core slowed by a factor, plus exactly what its timers cost."""
    crossings = [
        Crossings(way="coroutine", outer=outer, inner=inner, times=requests)
        for outer, inner in pairwise(_PATH)
        if outer in truth_us and inner in truth_us
    ]
    crossings += [
        Crossings(way="function", outer="fastapi", inner=inner, times=2 * requests)
        for inner in ("pydantic", "json")
        if inner in truth_us
    ]
    if "handler" in truth_us and not any(crossed.inner == "handler" for crossed in crossings):
        crossings.append(Crossings(way="coroutine", outer="server", inner="handler", times=requests))
    layers_s = {layer: truth_us.get(layer, 0.0) * slowed * requests / 1e6 for layer in LAYERS}
    costs = {cost.way: cost for cost in TIMERS}
    for crossed in crossings:
        layers_s[crossed.outer] += crossed.times * costs[crossed.way].outside_ns / 1e9
        layers_s[crossed.inner] += crossed.times * costs[crossed.way].inside_ns / 1e9
    whole_us = sum(truth_us.values()) * slowed
    references = (200.0 * slowed,) * 4
    return BoundarySample(
        case=case,
        launch=launch,
        hash_seed=launch,
        users=16,
        plain=ServedWindows(
            requests=requests,
            cpu_s=whole_us * requests / 1e6,
            system_s=system_us * slowed * requests / 1e6,
            reference_us=references,
        ),
        timed=ServedWindows(
            requests=requests,
            cpu_s=sum(layers_s.values()),
            system_s=system_us * requests / 1e6,
            reference_us=references,
        ),
        layers_s=layers_s,
        crossings=tuple(crossings),
        timers=TIMERS,
        errors={},
        verified=12,
        loaded_on_s=0.2,
        idle_reference_us=(200.0,) * 20,
        server="uvicorn 0.54.0, uvloop, httptools",
        server_cores=(1,),
        client_cores=(0,),
    )


def boundary_run(case: str, launches: int = 3) -> Run:
    """The synthetic run, with a case's boundaries timed in so many launches that differ a little."""
    run = synthetic_run()
    timed = tuple(
        boundary_sample(case, launch, {layer: us * (1 + launch / 100) for layer, us in COSTS.items()})
        for launch in range(launches)
    )
    return run.model_copy(update={"samples": (*run.samples, *timed)})


def folded_of(values: Mapping[str, int]) -> str:
    """A stack for each layer, with its value in ms."""
    return "".join(f"{_FRAMES['driver']};{_FRAMES[layer]} {value * 1000}\n" for layer, value in values.items())
