"""Heaps under memray: what a case holds at its highest, and what stays after many requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

from bench.analysis.heap import BLOCKS
from bench.measure.job import Job
from bench.measure.rss_growth import levels
from bench.model.heap import HeapSample, ServedGrowth
from bench.model.run import MissingSample
from bench.model.workload import Case, Pass
from bench.profiles.folded import layers
from bench.runner.agent_process import AgentError
from bench.runner.plan import Plan
from bench.serving.errors import LoadError
from bench.stats.leak_slope import blocks

GROWTH_LAUNCHES = 3

# Rules of the answer's size and its allocations, and not of the clock, so that they are the same on every machine.
_SMALL_BYTES, _LARGE_BYTES = 20_000, 5_000_000
_FEW_ALLOCATIONS = 5_000
_REQUESTS = {"allocated": (8, 2), "growth": (40, 5)}
_LONGEST_S = 900.0
_WARM_SHARE = 0.25


@dataclass(frozen=True)
class Observed:
    """A sample, and its folded stacks by the file that the sample names."""

    sample: HeapSample
    files: dict[str, str]


def measure(jobs: Sequence[Job]) -> Generator[Observed | MissingSample]:
    """The heaps of these jobs' cases, a fresh process for each look; how each is loaded says how it is served."""
    for job in jobs:
        plan, case = job.plan, job.case
        try:
            seen = _with_growth(plan, case, observe(plan, case, 0, f"heap/{case.target}.{case.request}"))
        except AgentError as error:
            yield MissingSample.invalid(case.id, Pass.MEMORY, error)
            continue
        try:
            yield _served(job, seen)
        except LoadError as error:
            yield seen
            yield MissingSample.invalid(case.id, Pass.MEMORY, f"served under load: {error}")


def observe(plan: Plan, case: Case, launch: int, name: str) -> Observed:
    """What a case holds and allocates in one launch, a fresh process for either; its files begin with `name`.

    Raises AgentError.
    """
    peak, body_bytes = _look(plan, case, launch, "high_water")
    sample = HeapSample(
        case=case.id,
        hash_seed=plan.hash_seed(launch),
        body_bytes=body_bytes,
        peak_bytes=peak["peak_bytes"],
        peak_file=f"{name}.peak.folded",
    )
    files = {sample.peak_file: peak["folded"]}
    if body_bytes > _LARGE_BYTES:
        return Observed(sample, files)
    allocated, _ = _look(plan, case, launch, "allocated", requests=_requests("allocated", sample))
    counts, sizes = _by_layer(allocated["stacks"], allocated["requests"])
    return Observed(sample.model_copy(update={"allocs": counts, "alloc_bytes": sizes}), files)


def _served(job: Job, seen: Observed) -> Observed:
    if seen.sample.body_bytes > _LARGE_BYTES:
        return seen
    launches: list[ServedGrowth] = []
    for launch in range(GROWTH_LAUNCHES):
        found = blocks(levels(job, launch), BLOCKS, _WARM_SHARE)
        if not found:
            raise LoadError(f"{job.case.id}: too few requests for {BLOCKS} blocks")
        requests, sizes = zip(*found, strict=True)
        launches.append(ServedGrowth(launch=launch, requests=requests, rss_bytes=sizes))
    return Observed(seen.sample.model_copy(update={"served": tuple(launches)}), seen.files)


def _with_growth(plan: Plan, case: Case, seen: Observed) -> Observed:
    if seen.sample.body_bytes > _LARGE_BYTES:
        return seen
    requests, kept_file = _requests("growth", seen.sample), f"heap/{case.target}.{case.request}.kept.folded"
    launches = [
        _look(plan, case, launch, "growth", requests=requests, blocks=BLOCKS)[0] for launch in range(GROWTH_LAUNCHES)
    ]
    more = {
        "block_requests": requests,
        "live_bytes": tuple(tuple(one["live_bytes"]) for one in launches),
        "kept_file": kept_file,
    }
    return Observed(seen.sample.model_copy(update=more), {**seen.files, kept_file: launches[0]["folded"]})


def _requests(look: str, sample: HeapSample) -> int:
    many = sum((sample.allocs or {}).values()) > _FEW_ALLOCATIONS
    return _REQUESTS[look][many or sample.body_bytes > _SMALL_BYTES]


def _look(plan: Plan, case: Case, launch: int, look: str, **how: int) -> tuple[dict[str, Any], int]:
    """What a fresh process says, and how long the case's answer is; its headline is asked first, as for its memory."""
    with plan.launch(launch) as agent:
        agent.call("prepare", **plan.arguments(plan.targets[case.target].headline))
        found = agent.call("heap", timeout_s=_LONGEST_S, look=look, **how, **plan.arguments(case))
    return found, found.get("body_bytes", 0)


def _by_layer(found: Sequence[tuple[str, int, int]], requests: int) -> tuple[dict[str, float], dict[str, float]]:
    """Allocations and bytes of one request by layer."""
    counts, sizes = Counter[str](), Counter[str]()
    for stack, number, size in found:
        layer = layers(stack.split(";"))[-1]
        counts[layer] += number
        sizes[layer] += size
    return {key: value / requests for key, value in counts.items()}, {
        key: value / requests for key, value in sizes.items()
    }
