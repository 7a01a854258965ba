"""Heaps under memray: what a case holds at its highest, and what stays after many requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

from bench.analysis.run.heap import BLOCKS
from bench.measure.job import Job
from bench.measure.rss_growth import LAUNCHES, TooSlowError, growth
from bench.model.heap import HeapSample
from bench.model.run import MissingSample
from bench.model.workload import Case, Pass
from bench.profiles.folded import layers
from bench.runner.agent_process import AgentError
from bench.runner.plan import Plan
from bench.serving.errors import LoadError
from bench.text.file_names import file_stem
from bench.text.numbers import duration

# Rules of the answer's size and its allocations, and not of the clock, so that they are the same on every machine.
_SMALL_BYTES, _LARGE_BYTES = 20_000, 5_000_000
_FEW_ALLOCATIONS = 5_000
_REQUESTS = {"allocated": (8, 2), "growth": (40, 5)}
_LONGEST_S = 900.0
_LONGEST_GROWTH_S = 60.0
# Five looks, and three loads.
_CASE_S = 36.0
# What the peak and the allocations of a slow case take, as so many times its call.
_LOOKED_AT = 60.0
# How many times as long a call takes when it is tracked, and what it takes to read the records of one allocation.
_SLOWED, _RECORD_S = 3.0, 5e-6


@dataclass(frozen=True)
class Observed:
    """A sample, and its folded stacks by the file that the sample names."""

    sample: HeapSample
    files: dict[str, str]


def measure(jobs: Sequence[Job]) -> Generator[Observed | MissingSample]:
    """The heaps of these jobs' cases, a fresh process for each look; how each is loaded says how it is served."""
    for job in jobs:
        case = job.case
        if reason := job.plan.environment.stack.unavailable("memray"):
            yield MissingSample(case=case.id, during=Pass.MEMORY, kind="skipped", reason=reason)
            continue
        try:
            seen = observe(job.plan, case, 0, f"heap/{file_stem(case)}")
        except AgentError as error:
            yield MissingSample.invalid(case.id, Pass.MEMORY, error)
            continue
        absences: list[MissingSample] = []
        for look in (_with_growth, _served):
            try:
                seen = look(job, seen)
            except TooSlowError as error:
                reason = str(error)
                absences.append(MissingSample(case=case.id, during=Pass.MEMORY, kind="skipped", reason=reason))
            except (AgentError, LoadError) as error:
                where = "in process" if look is _with_growth else "served under load"
                absences.append(MissingSample.invalid(case.id, Pass.MEMORY, f"{where}: {error}"))
        yield seen
        yield from absences


def expected_s(jobs: Sequence[Job]) -> tuple[float, bool]:
    """How long their heaps take, and whether that is a limit: how much a slow case allocates decides of it, and isn't
    known yet."""
    slow = [job for job in jobs if job.plan.costs.long(job.case.id)]
    slow_s = sum(LAUNCHES * _LONGEST_GROWTH_S + _LOOKED_AT * job.plan.costs.call_s(job.case.id) for job in slow)
    return len(jobs) * _CASE_S + slow_s, bool(slow)


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
    allocated, _ = _look(plan, case, launch, "allocated", requests=_requests("allocated", plan, sample))
    counts, sizes = _by_layer(allocated["stacks"], allocated["requests"])
    return Observed(sample.model_copy(update={"allocs": counts, "alloc_bytes": sizes}), files)


def _served(job: Job, seen: Observed) -> Observed:
    if seen.sample.body_bytes > _LARGE_BYTES:
        return seen
    return Observed(seen.sample.model_copy(update={"served": growth(job)}), seen.files)


def _with_growth(job: Job, seen: Observed) -> Observed:
    """Raises AgentError, and TooSlowError."""
    plan, case = job.plan, job.case
    if seen.sample.body_bytes > _LARGE_BYTES:
        return seen
    requests, kept_file = _requests("growth", plan, seen.sample), f"heap/{file_stem(case)}.kept.folded"
    seconds = (BLOCKS + 1) * requests * _tracked_s(plan, seen.sample)
    if seconds > _LONGEST_GROWTH_S:
        asked = f"in process, {(BLOCKS + 1) * requests} tracked requests take {duration(seconds)}"
        raise TooSlowError(f"{asked}; the leak check stops at {duration(_LONGEST_GROWTH_S)} per launch")
    found = [_look(plan, case, launch, "growth", requests=requests, blocks=BLOCKS)[0] for launch in range(LAUNCHES)]
    more = {
        "block_requests": requests,
        "live_bytes": tuple(tuple(one["live_bytes"]) for one in found),
        "kept_file": kept_file,
    }
    return Observed(seen.sample.model_copy(update=more), {**seen.files, kept_file: found[0]["folded"]})


def _tracked_s(plan: Plan, sample: HeapSample) -> float:
    """What one call of a slow case takes under memray, with reading its records; 0 of any other."""
    if not plan.costs.long(sample.case):
        return 0.0
    return _SLOWED * plan.costs.call_s(sample.case) + _RECORD_S * sum((sample.allocs or {}).values())


def _requests(look: str, plan: Plan, sample: HeapSample) -> int:
    if plan.costs.long(sample.case):
        return 1
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
