"""What the requests of a case hold at their highest, allocate, and keep: by line and layer, in a pass of its own.

Fresh processes under memray: none of it is a time, and the peak is of bytes as they were asked for. How far a request
raises the resident memory of a process that nobody watches is what `bench.memory` measures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from bench.engine.launch import AgentError
from bench.engine.plan import Plan
from bench.frames import layers, owners, stacks
from bench.model import Case, Host, Noun, Pass, Stack
from bench.samples import Absence
from bench.statistics import Estimate, estimate

HEAPS_FILE = "heaps.json"
BLOCKS = 6
LEAST_GROWTH = 16.0
"""Bytes a request below which growth is no leak: a counter that gets longer, say."""

# Rules of the answer's size and not of the clock, so that they are the same on every machine.
_SMALL_BYTES, _LARGE_BYTES = 20_000, 5_000_000
_REQUESTS = {"allocated": (8, 2), "growth": (40, 5)}
_LONGEST_S = 900.0


class HeapSample(Noun):
    """One case's heap. The files are folded stacks, in bytes, whose last frame is the line that allocated.

    `allocs` and `alloc_bytes` are of one request by layer. `live_bytes` are what was live before, and after each block
    of `block_requests` requests; what came meanwhile and stayed is in `kept_file`. None of a case whose answers are too
    large to be asked for so often.
    """

    case: str
    hash_seed: int
    body_bytes: int
    peak_bytes: int
    peak_file: str
    allocs: dict[str, float] | None = None
    alloc_bytes: dict[str, float] | None = None
    block_requests: int | None = None
    live_bytes: tuple[int, ...] = ()
    kept_file: str | None = None


class Heaps(Noun):
    """Every heap of a run, which lies beside its `run.json`."""

    schema_version: int = 1
    id: str
    harness_version: str
    stack: Stack
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


def measure(plan: Plan, cases: Sequence[Case]) -> Generator[Observed | Absence]:
    """The heaps of these cases, a fresh process for each look."""
    for case in cases:
        try:
            yield _observe(plan, case)
        except AgentError as error:
            yield Absence(case=case.id, during=Pass.MEMORY, kind="invalid", reason=str(error))


def lines(folded: str) -> list[Line]:
    """By line, the largest first. Raises ValueError for stacks that can't be read."""
    found: Counter[tuple[str, str, str]] = Counter()
    for stack, size in stacks(folded):
        called = owners(stack[:-1])
        found[stack[-1], called[-1] if called else stack[-1], layers(stack)[-1]] += size
    return [Line(*where, size) for where, size in found.most_common()]


def grown(sample: HeapSample) -> Estimate | None:
    """Bytes that a request leaves behind, with the interval over blocks; None of a case that wasn't asked for them."""
    if sample.block_requests is None or len(sample.live_bytes) < 2:
        return None
    return estimate([(after - before) / sample.block_requests for before, after in pairwise(sample.live_bytes)])


def leaks(sample: HeapSample) -> bool:
    """Whether the live memory of a case grows with its requests: the interval lies above what could be a counter."""
    found = grown(sample)
    return found is not None and found.low is not None and found.low > LEAST_GROWTH


def _observe(plan: Plan, case: Case) -> Observed:
    peak, body_bytes = _look(plan, case, "high_water")
    sample = HeapSample(
        case=case.id,
        hash_seed=plan.hash_seed(0),
        body_bytes=body_bytes,
        peak_bytes=peak["peak_bytes"],
        peak_file=f"heap/{case.target}.{case.request}.peak.folded",
    )
    files = {sample.peak_file: peak["folded"]}
    if body_bytes > _LARGE_BYTES:
        return Observed(sample, files)
    large = body_bytes > _SMALL_BYTES
    allocated, _ = _look(plan, case, "allocated", requests=_REQUESTS["allocated"][large])
    grew, _ = _look(plan, case, "growth", requests=_REQUESTS["growth"][large], blocks=BLOCKS)
    counts, sizes = _by_layer(allocated["stacks"], allocated["requests"])
    kept_file = f"heap/{case.target}.{case.request}.kept.folded"
    more = {
        "allocs": counts,
        "alloc_bytes": sizes,
        "block_requests": grew["requests"],
        "live_bytes": tuple(grew["live_bytes"]),
        "kept_file": kept_file,
    }
    return Observed(sample.model_copy(update=more), {**files, kept_file: grew["folded"]})


def _look(plan: Plan, case: Case, look: str, **how: int) -> tuple[dict[str, Any], int]:
    """What a fresh process says, and how long the case's answer is; its headline is asked first, as for its memory."""
    headline = plan.targets[case.target].case(next(iter(plan.targets[case.target].requests)))
    with plan.launch(0) as agent:
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
