"""A synthetic comparison whose truth is known, for tests that need one without measuring anything."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from factories import synthetic_run

from bench.analysis.comparison import unpaired
from bench.analysis.comparison import verdicts as analysis
from bench.model.app_version import AppVersion, ChangedFunction, ProfiledCase, RouteChanges
from bench.model.comparison import AnswerMismatch, Comparison, Result, Side, Split, StateDrift, Verdict
from bench.model.environment import Stack
from bench.model.load import LoadSample
from bench.model.pair_samples import AllocationPair, PairSample, ServedPair, Stage
from bench.model.run import Run, Windows
from bench.model.workload import Case
from bench.stats.two_stage import CONFIDENCE

COST_US = 50.0
PAIRS = 12
REFERENCE_US = 200.0

RUN_CASES = ("fastapi_plain:plain", "fastapi_response_model:rows100")
(LOADED,) = (
    sample
    for sample in synthetic_run().samples
    if isinstance(sample, LoadSample) and sample.case == "fastapi_plain:csv1000"
)


def case(name: str) -> Case:
    return Case(target=name, request="one", over=None, adds=name, description="", source_sha256="0" * 64)


def windows(cost_us: float, rng: random.Random, disturbed: Sequence[bool]) -> Windows:
    """Windows of 3 ms; a disturbed one takes half as long again, and so does its reference."""
    slow = [1.5 if one else 1.0 for one in disturbed]
    costs = tuple(cost_us * by * rng.gauss(1, 0.01) for by in slow)
    return Windows(
        calls=60,
        cpu_us=costs,
        wall_us=costs,
        gc_us=(0.0,) * len(costs),
        reference_us=tuple(REFERENCE_US * by for by in slow),
    )


def pair(
    name: str,
    block: int,
    stage: Stage,
    ratio: float,
    spread: float = 0.005,
    disturbed: Sequence[bool] = (False,) * PAIRS,
) -> PairSample:
    """One block in which the head costs `ratio` times the base, give or take `spread`."""
    rng = random.Random(f"{name} {block} {stage}")
    head_us = COST_US * ratio * math.exp(rng.gauss(0, spread))
    return PairSample(
        case=f"{name}:one",
        block=block,
        stage=stage,
        hash_seed=block,
        base=windows(COST_US, rng, disturbed),
        head=windows(head_us, rng, disturbed),
        head_first=tuple(rng.random() < 0.5 for _ in disturbed),
    )


def counted(name: str, ratio: float) -> AllocationPair:
    return AllocationPair(
        case=f"{name}:one",
        launch=0,
        hash_seed=1,
        base_allocs=100.0,
        head_allocs=100.0 * ratio,
        base_alloc_bytes=5000.0,
        head_alloc_bytes=5000.0 * ratio,
    )


def side(fastapi: str, **others: str) -> Side:
    packages = {"fastapi": fastapi, "starlette": "0.52.1", **others}
    stack = Stack(requirements=(f"fastapi=={fastapi}",), python="3.11.7", packages=packages, lock_sha256="5b" * 32)
    return Side(named=f"fastapi=={fastapi}", names=("fastapi",), stack=stack)


def comparison(*names: str, margin: float = 0.03, budget_s: float = 300.0) -> Comparison:
    """Nothing measured yet."""
    return Comparison(
        id="20260301T101500Z-00000007",
        started_at=datetime(2026, 3, 1, 10, 15, tzinfo=UTC),
        command=("compare", "fastapi==0.129.2", "fastapi==0.130.0"),
        seed=7,
        margin=margin,
        confidence=CONFIDENCE,
        budget_s=budget_s,
        commit="3f1c0de9a2b4",
        dirty=False,
        harness_version="0.1.0",
        complete=False,
        base=side("0.129.2"),
        head=side("0.130.0"),
        host=synthetic_run().host,
        cases=tuple(case(name) for name in names),
    )


def measured(
    name: str, ratio: float, stages: dict[Stage, int], spread: float = 0.005, cores: Sequence[int | None] = (None,)
) -> Iterator[PairSample]:
    """Blocks in turn on these cores."""
    number = 0
    for stage, blocks in stages.items():
        for _ in range(blocks):
            number += 1
            made = pair(name, number, stage, ratio, spread)
            yield made.model_copy(update={"core": cores[number % len(cores)]})


def served(block: int, ratio: float, stage: Stage = "pilot", **head: object) -> ServedPair:
    """A block in which the head's server takes `ratio` times the CPU."""
    assert LOADED.server_cpu_s
    base = LOADED.model_copy(update={"case": "a:one"})
    changes = {"server_cpu_s": LOADED.server_cpu_s * ratio, **head}
    return ServedPair(
        case="a:one", block=block, stage=stage, base=base, head=base.model_copy(update=changes), head_first=False
    )


def runs_compared(base: Run, head: Run) -> Comparison:
    """Two synthetic runs, measured apart, by `RUN_CASES`."""
    cases = tuple(case for case in head.cases if case.id in RUN_CASES)
    unlike = unpaired.unlike(base, head, cases)
    made = comparison().model_copy(
        update={
            "cases": cases,
            "samples": unpaired.samples(base, head, cases),
            "unlike": unlike,
            "gate": "allocs",
        }
    )
    return made.model_copy(update={"results": analysis.results(made)})


UNFRIENDLY = "`x` | @everyone #12 <b>bold</b> [x](http://x) \x1b[31m {{ 7 * 7 }}"
"""As a commit's subject, a branch or a file may be called."""
ITEM, USER, SEARCH, HEALTH = "GET /items/{id}", "GET /users/{id}", "GET /search", "GET /health"


def version_side(named: str, commit: str, subject: str, dirty: bool = False, **packages: str) -> Side:
    at = datetime(2026, 2, 28, 9, 30, tzinfo=UTC)
    lock = "uv.lock"
    version = AppVersion(named=named, commit=commit, subject=subject, committed_at=at, dirty=dirty, lock=lock)
    stack = side(packages.pop("fastapi", "0.129.2"), **packages).stack
    return Side(named=named, names=(), stack=stack, version=version)


def versions_compared(subject: str = "Look items up one by one", file: str = "app/items.py") -> Comparison:
    """Two versions of an app: one route slower in code that the difference touches, one through a dependency, one
    faster, one equivalent; one that each version lacks, one that answers differently, and one whose cost drifts."""
    ratios = {ITEM: 1.4, USER: 1.2, SEARCH: 0.7, HEALTH: 1.0}
    names = dict(zip(ratios, ("slow", "slower", "fast", "same"), strict=True))
    samples = [
        one.model_copy(update={"case": route})
        for route, ratio in ratios.items()
        for one in measured(names[route], ratio, {"pilot": 12, "confirmation": 12})
    ]
    cases = tuple(_route(route) for route in (*ratios, "GET /orders"))
    made = comparison().model_copy(
        update={
            "command": ("compare", "git:main", "git:HEAD", "--app", "app.main:app"),
            "base": version_side("git:main", "725f5751" * 5, "Release 1.4"),
            "head": version_side("git:HEAD", "ddd11ed0" * 5, subject, dirty=True, fastapi="0.130.0", orjson="3.11.4"),
            "cases": cases,
            "samples": tuple(samples),
            "complete": True,
            "elapsed_s": 140.0,
            "disagreements": (AnswerMismatch(case="GET /orders", base="status 200", head="status 404"),),
            "routes": RouteChanges(added=("POST /items",), removed=("GET /legacy",)),
            "changed": _changed(file),
            "profiled": (
                ProfiledCase(case=ITEM, change_us=512.0, within_us=20.0, most="app.items:read", most_us=470.0),
                ProfiledCase(case=USER, change_us=61.0, within_us=4.0, most="fastapi.routing:serialize", most_us=55.0),
                ProfiledCase(case=SEARCH, change_us=-210.0, within_us=9.0, most="app.search:Query.run", most_us=-200.0),
            ),
            "split": Split(dependencies=_steps(1.002, 1.199, 0.998), code=_steps(1.397, 1.001, 0.701)),
            "drifts": (
                StateDrift(case=ITEM, side="head", per_thousand=0.031, ci_low=0.026, ci_high=0.036, requests=12_400),
            ),
        }
    )
    return made.model_copy(update={"results": analysis.results(made)})


def _route(route: str) -> Case:
    return case("app.main:app").model_copy(update={"request": route})


def _changed(file: str) -> tuple[ChangedFunction, ...]:
    return (
        ChangedFunction(name="app.items:read", at=f"{file}:41-47", cases={ITEM: 430.0}, within={ITEM: 18.0}),
        ChangedFunction(
            name="app.search:Query.run", at="app/search.py:12", cases={SEARCH: -205.0}, within={SEARCH: 8.0}
        ),
        ChangedFunction(
            name="app.items:_price", at=f"{file}:60-61", removed=True, cases={ITEM: 70.0}, within={ITEM: 6.0}
        ),
        ChangedFunction(
            name="app.deps:page", at="app/deps.py:9", cases={ITEM: 0.4, USER: -0.2}, within={ITEM: 2.0, USER: 1.5}
        ),
        ChangedFunction(name="app.models:Item", at="app/models.py:10-12"),
    )


def _steps(*ratios: float) -> tuple[Result, ...]:
    return tuple(
        Result(
            case=route,
            metric="cpu_us",
            ratio=ratio,
            ci_low=ratio - 0.006,
            ci_high=ratio + 0.006,
            margin=0.03,
            verdict=Verdict.EQUIVALENT if abs(ratio - 1) < 0.02 else Verdict.SLOWER if ratio > 1 else Verdict.FASTER,
            blocks=24,
            valid=True,
        )
        for route, ratio in zip((ITEM, USER, SEARCH), ratios, strict=True)
    )
