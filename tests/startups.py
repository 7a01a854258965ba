"""Synthetic comparisons by start-up whose truth is known."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping

from comparisons import comparison

from bench.analysis.comparison import verdicts as analysis
from bench.model.comparison import Comparison
from bench.model.pair_samples import Stage, StartupPair
from bench.model.startup import AppStart
from bench.model.workload import Case

LIBRARIES_MS, BUILD_MS, REST_MB, REFERENCE_US = 450.0, 150.0, 48.0, 200.0


def app(name: str) -> Case:
    return Case(target=name, request="one", over=None, adds=name, description="", start=True, source_sha256="0" * 64)


def start(
    *,
    cpu: float = 1.0,
    held: float = 1.0,
    slowed: tuple[float, float] = (1.0, 1.0),
    lifespan_ms: float | None = 0.5,
    build_mb: float = 12.0,
) -> AppStart:
    """One start that takes `cpu` times the usual CPU and holds `held` times the memory; its core was `slowed` before it
    and after it."""
    return AppStart(
        import_cpu_ms=cpu * (LIBRARIES_MS + BUILD_MS),
        libraries_cpu_ms=cpu * LIBRARIES_MS,
        build_cpu_ms=cpu * BUILD_MS,
        lifespan_cpu_ms=lifespan_ms,
        first_request_cpu_ms=5.0,
        build_mb=build_mb,
        rest_mb=held * REST_MB,
        reference_us=(REFERENCE_US * slowed[0], REFERENCE_US * slowed[1]),
    )


def started(name: str, block: int, stage: Stage, base: AppStart, head: AppStart, core: int | None = 0) -> StartupPair:
    return StartupPair(
        case=name,
        block=block,
        stage=stage,
        core=core,
        hash_seed=block,
        base=base,
        head=head,
        head_first=block % 2 == 0,
    )


def blocks_of(
    name: str, stages: Mapping[Stage, int], *, cpu: float = 1.0, held: float = 1.0, spread: float = 0.01
) -> Iterator[StartupPair]:
    """Blocks in which the head takes `cpu` times the CPU, give or take `spread`, and holds `held` times the memory."""
    rng, number = random.Random(name), 0
    for stage, count in stages.items():
        for _ in range(count):
            number += 1
            head = start(cpu=cpu * math.exp(rng.gauss(0, spread)), held=held * math.exp(rng.gauss(0, 0.002)))
            yield started(name, number, stage, start(), head)


def startup_comparison(*names: str, margin: float = 0.03) -> Comparison:
    """Nothing measured yet."""
    cases = tuple(map(app, names))
    return comparison(margin=margin).model_copy(update={"cases": cases, "gate": "startup_cpu_ms"})


def startups_compared() -> Comparison:
    """Three apps: one whose start is slower, one that holds less, and one that is the same."""
    both: dict[Stage, int] = {"pilot": 12, "confirmation": 12}
    samples = (
        *blocks_of("slow", both, cpu=1.2),
        *blocks_of("small", both, held=0.66),
        *blocks_of("same", {"pilot": 12}, spread=0.005),
    )
    made = startup_comparison("slow", "small", "same")
    command = ("compare", "fastapi==0.129.2", "fastapi==0.130.0", "--startup")
    made = made.model_copy(update={"samples": samples, "complete": True, "command": command})
    return made.model_copy(update={"results": analysis.results(made)})
