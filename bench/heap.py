"""What the requests of a case hold at their highest, allocate, and keep: by line and layer, in a pass of its own.

Fresh processes under memray: none of it is a time, and the peak is of bytes as they were asked for. How far a request
raises the resident memory of a process that nobody watches is what `bench.memory` measures.

History of the schema of a run's heaps (`schema_version`):
1  first version, with the growth of one launch.
2  growth by launches, each with a list of its own in `live_bytes`, and under load. Version 1 is read as one launch,
   which has no interval.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import field_validator

from bench.engine.launch import AgentError
from bench.engine.plan import Plan
from bench.frames import Stack, layers, owners
from bench.growth import Growth, blocks, growth
from bench.load.drive import LoadError
from bench.load.measure import Job
from bench.load.resident import levels
from bench.model import Case, Host, Noun, Pass
from bench.model import Stack as Packages
from bench.samples import Absence

SCHEMA_VERSION = 2
STILL_READ = (1,)
GROWTH_LAUNCHES = 3
BLOCKS = 6
LEAST_GROWTH, LEAST_SERVED_GROWTH = 16.0, 64.0
"""Bytes a request below which growth is no leak: a counter that gets longer, say, or what the server itself keeps."""
LEAST_SERVED = 1000
"""So many requests of a launch at least, after the first of them, say something of its resident memory."""

# Rules of the answer's size and its allocations, and not of the clock, so that they are the same on every machine.
_SMALL_BYTES, _LARGE_BYTES = 20_000, 5_000_000
_FEW_ALLOCATIONS = 5_000
_REQUESTS = {"allocated": (8, 2), "growth": (40, 5)}
_LONGEST_S = 900.0
_WARM_SHARE = 0.25


class ServedGrowth(Noun):
    """Resident memory of a served target in one launch, between blocks: `rss_bytes` when it had answered `requests`."""

    launch: int
    requests: tuple[int, ...]
    rss_bytes: tuple[int, ...]


class HeapSample(Noun):
    """One case's heap. The files are folded stacks, in bytes, whose last frame is the line that allocated.

    `allocs` and `alloc_bytes` are of one request by layer. `live_bytes` are by launch what was live before, and after
    each block of `block_requests` requests; what came in the first launch meanwhile and stayed is in `kept_file`;
    `served` is of launches behind uvicorn, under load. None of a case whose answers are too large to be asked for so
    often.
    """

    case: str
    hash_seed: int
    body_bytes: int
    peak_bytes: int
    peak_file: str
    allocs: dict[str, float] | None = None
    alloc_bytes: dict[str, float] | None = None
    block_requests: int | None = None
    live_bytes: tuple[tuple[int, ...], ...] = ()
    kept_file: str | None = None
    served: tuple[ServedGrowth, ...] = ()

    @field_validator("live_bytes", mode="before")
    @classmethod
    def _of_version_1(cls, found: Any) -> Any:
        """It had the one launch alone."""
        return (found,) if found and isinstance(found[0], int) else found


class Heaps(Noun):
    """Every heap of a run, which lies beside its `run.json`."""

    schema_version: int = SCHEMA_VERSION
    id: str
    harness_version: str
    stack: Packages
    host: Host
    samples: tuple[HeapSample, ...] = ()
    absences: tuple[Absence, ...] = ()


@dataclass(frozen=True)
class Observed:
    """A sample, and its folded stacks by the file that the sample names."""

    sample: HeapSample
    files: dict[str, str]


@dataclass(frozen=True)
class Line:
    """A line that allocates: whose it is, its layer, and its bytes. `caller` is the nearest function that isn't the
    standard library's."""

    name: str
    caller: str
    layer: str
    size: int

    @property
    def by_itself(self) -> bool:
        """Whether the line is its caller's own."""
        return self.name == self.caller or self.name.startswith(f"{self.caller}:")


def measure(jobs: Sequence[Job]) -> Generator[Observed | Absence]:
    """The heaps of these jobs' cases, a fresh process for each look; how each is loaded says how it is served."""
    for job in jobs:
        plan, case = job.plan, job.case
        try:
            seen = _with_growth(plan, case, observe(plan, case, 0, f"heap/{case.target}.{case.request}"))
        except AgentError as error:
            yield Absence(case=case.id, during=Pass.MEMORY, kind="invalid", reason=str(error))
            continue
        try:
            yield _served(job, seen)
        except LoadError as error:
            yield seen
            yield Absence(case=case.id, during=Pass.MEMORY, kind="invalid", reason=f"served under load: {error}")


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


def lines(held: Iterable[tuple[Stack, int]]) -> list[Line]:
    """By line, the largest first."""
    found: Counter[tuple[str, str, str]] = Counter()
    for stack, size in held:
        called = owners(stack[:-1])
        found[stack[-1], called[-1] if called else stack[-1], layers(stack)[-1]] += size
    return [Line(*where, size) for where, size in found.most_common()]


def grown(sample: HeapSample) -> Growth | None:
    """Live bytes that a request leaves behind in process; None of a case that wasn't asked for them."""
    each = sample.block_requests
    if each is None:
        return None
    launches = [[(block * each, live) for block, live in enumerate(found)] for found in sample.live_bytes]
    return growth(launches, LEAST_GROWTH)


def served_grown(sample: HeapSample) -> Growth | None:
    """Resident bytes that a request leaves behind, served under load; None where too few requests were answered."""
    if any(one.requests[-1] - one.requests[0] < LEAST_SERVED for one in sample.served):
        return None
    launches = [list(zip(one.requests, one.rss_bytes, strict=True)) for one in sample.served]
    return growth(launches, LEAST_SERVED_GROWTH)


def _served(job: Job, seen: Observed) -> Observed:
    if seen.sample.body_bytes > _LARGE_BYTES:
        return seen
    launches: list[ServedGrowth] = []
    for launch in range(GROWTH_LAUNCHES):
        found = blocks(levels(job, launch), BLOCKS, _WARM_SHARE)
        if not found:
            raise LoadError(f"{job.case.id}: answered too few requests to cut them into {BLOCKS} blocks")
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
    headline = plan.targets[case.target].case(next(iter(plan.targets[case.target].requests)))
    with plan.launch(launch) as agent:
        agent.call("prepare", **plan.arguments(headline))
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
