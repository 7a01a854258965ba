"""Audits whose truth is known: samples drawn around costs that a test chooses."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from factories import synthetic_run

from bench.model.app import AppDescription, Middleware, Route, RouteCoverage
from bench.model.audit import (
    Audit,
    AuditSample,
    Part,
    PartAllocations,
    PartAllocationSample,
    PartCrossings,
    PartSample,
    PeelSample,
    RetainedSample,
    Span,
    WaterfallSample,
)
from bench.model.boundaries import TimerCost
from bench.model.run import MemorySample, MissingSample, Windows
from bench.model.workload import Case, EffortName, Pass

REFERENCE_US = 100.0
TIMER_NS = 400.0
ROUTE = "GET /users/{id}"
MIDDLEWARE = ("app.mw:Timing", "app.mw:Trace")
HANDLER = Part(kind="handler", name="get_user")
SERVER = Part(kind="server", name="server")


@dataclass
class Truth:
    """What a request costs, µs: its middlewares by name, its handler, and what nothing accounts for.

    `slowed` is the share of windows in which somebody else slowed the core, by a half.
    """

    middleware: Mapping[str, float] = field(default_factory=lambda: {MIDDLEWARE[0]: 100.0, MIDDLEWARE[1]: 200.0})
    handler_us: float = 300.0
    hidden_us: float = 0.0
    noise: float = 0.01
    slowed: float = 0.0
    seed: int = 7

    @property
    def whole_us(self) -> float:
        return sum(self.middleware.values()) + self.handler_us + self.hidden_us

    def windows(self, cost_us: float, rng: random.Random, count: int = 10) -> Windows:
        """Windows of a request that costs so much."""
        factors = [1.5 if rng.random() < self.slowed else 1.0 for _ in range(count)]
        costs = tuple(cost_us * factor * rng.gauss(1, self.noise) for factor in factors)
        references = tuple(REFERENCE_US * factor for factor in factors)
        return Windows(calls=5, cpu_us=costs, wall_us=costs, gc_us=(0.0,) * count, reference_us=references)


def peels(truth: Truth, launches: int = 6, changed: Sequence[tuple[int, ...]] = ()) -> Iterator[PeelSample]:
    """Each middleware left out, and all of them."""
    rng = random.Random(truth.seed)
    costs = list(truth.middleware.values())
    ways = [*((index,) for index in range(len(costs))), tuple(range(len(costs)))]
    for launch in range(launches):
        whole = truth.windows(truth.whole_us, rng)
        for way in ways:
            left = truth.whole_us - sum(costs[index] for index in way)
            yield PeelSample(
                case=ROUTE,
                launch=launch,
                hash_seed=1,
                without=way,
                same_answer=way not in changed,
                whole=whole,
                peeled=truth.windows(left, rng),
            )


def parts(truth: Truth, launches: int = 6, served_by: str | None = None) -> Iterator[PartSample]:
    """Timers charge each part with what they cost, twice what calls of nothing say."""
    rng = random.Random(truth.seed + 1)
    names = [SERVER, *(Part(kind="middleware", name=name) for name in truth.middleware), HANDLER]
    costs = [0.0, *truth.middleware.values(), truth.handler_us]
    for launch in range(launches):
        plain, timed = truth.windows(truth.whole_us, rng), truth.windows(truth.whole_us, rng)
        calls, count = timed.calls, len(timed.cpu_us)
        crossings = tuple(
            PartCrossings(way="coroutine", outer=index, inner=index + 1, times=calls * count)
            for index in range(len(names) - 1)
        )
        tax_us = [2 * TIMER_NS / 1e3 * ((index > 0) + (index < len(names) - 1)) / 2 for index in range(len(names))]
        factors = [us / truth.whole_us for us in timed.cpu_us]
        spent = tuple(
            tuple(
                cost * factor + tax * reference / REFERENCE_US
                for factor, reference in zip(factors, timed.reference_us, strict=True)
            )
            for cost, tax in zip(costs, tax_us, strict=True)
        )
        slower = tuple(us + sum(tax_us) for us in timed.cpu_us)
        yield PartSample(
            case=ROUTE,
            launch=launch,
            hash_seed=1,
            served_by=served_by,
            parts=tuple(names),
            plain=plain,
            timed=timed.model_copy(update={"cpu_us": slower}),
            spent_us=spent,
            crossings=crossings,
            timers=(TimerCost(way="coroutine", inside_ns=TIMER_NS / 2, outside_ns=TIMER_NS / 2),),
        )


def allocations() -> PartAllocationSample:
    counted = (PartAllocations(allocs=40, alloc_bytes=4000), PartAllocations(allocs=10, alloc_bytes=900))
    return PartAllocationSample(
        case=ROUTE, launch=0, parts=(Part(kind="middleware", name=MIDDLEWARE[0]), HANDLER), by_part=counted
    )


def waterfall() -> WaterfallSample:
    """In an order of its own, which isn't that of the timers."""
    return WaterfallSample(
        case=ROUTE,
        parts=(HANDLER, SERVER),
        spans=(
            Span(part=1, begin_us=0, end_us=10, cpu_us=10),
            Span(part=0, begin_us=10, end_us=900, cpu_us=40, waits=True),
        ),
        requests=20,
        wait_us=(850.0, 0.0),
    )


def retained(each: float, launches: int = 3, requests: int = 10) -> Iterator[RetainedSample]:
    """Two blocks fill a cache first."""
    for launch in range(launches):
        held = [5000 + launch * 8]
        for block in range(6):
            held.append(held[-1] + round(each * requests) + (4000 if block < 2 else 0))
        yield RetainedSample(case=ROUTE, requests=requests, held_bytes=tuple(held))


def peak(hold_ms: float = 1.0, at: str | None = None) -> MemorySample:
    return MemorySample(
        case=ROUTE,
        launch=0,
        before_mb=40,
        peak_mb=0.2,
        body_bytes=10,
        first_byte_ms=1,
        elapsed_ms=1,
        hold_ms=hold_ms,
        hold_at=at,
    )


def audit(
    samples: Sequence[AuditSample],
    absences: Sequence[MissingSample] = (),
    weights: Mapping[str, float] | None = None,
    requests: Sequence[str] = (ROUTE,),
) -> Audit:
    """Of one app with two middlewares on the way of a measured route, and two routes that aren't."""
    run = synthetic_run()
    routes = (
        Route(
            kind="http",
            method="GET",
            path="/users/{id}",
            endpoint="app.users:get_user",
            at="app/users.py:41",
            middleware=(0, 1),
        ),
        Route(kind="http", method="POST", path="/users", endpoint="app.users:create"),
        Route(kind="websocket", method="", path="/ws"),
    )
    return Audit(
        **run.model_dump(include={"id", "harness_version", "seed", "commit", "dirty"}),
        host=run.host,
        started_at=datetime(2026, 11, 1, tzinfo=UTC),
        complete=True,
        command=("audit", "app.main:app"),
        effort=EffortName.DEFAULT,
        stack=run.stack,
        app=AppDescription(
            name="app.main:app",
            type="fastapi.applications:FastAPI",
            middleware=tuple(Middleware(name=name, place=place) for place, name in enumerate(MIDDLEWARE)),
            routes=routes,
        ),
        coverage=(
            RouteCoverage(route=ROUTE, measured=True),
            RouteCoverage(route="POST /users", measured=False, reason="state", says="changes state"),
            RouteCoverage(route="WEBSOCKET /ws", measured=False, reason="not http", says="a WebSocket"),
        ),
        cases=tuple(
            Case(target="app.main:app", request=request, over=None, adds="app", description="", source_sha256="0" * 64)
            for request in requests
        ),
        samples=tuple(samples),
        absences=tuple(absences),
        weights=dict(weights) if weights else None,
    )


def failed(reason: str, during: Pass = Pass.TIMING) -> MissingSample:
    return MissingSample.invalid(ROUTE, during, reason)
