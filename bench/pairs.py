"""What a comparison observed: two stacks block by block, what is missing, and the comparison that holds it.

Frozen, typed, without I/O, like `bench.samples`; a block is one launch of both arms and the replicate of a comparison.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from bench.model import Case, Host, Noun, Stack, Verdict
from bench.samples import Absence, Noise, Windows

SCHEMA_VERSION = 1

Stage = Literal["pilot", "further", "confirmation"]


class PairSample(Noun):
    """A case on both stacks in one block: window i of either ran side by side on one core, in random order.

    `head_first` says of each pair whether the head's window came before the base's.
    """

    kind: Literal["pair"] = "pair"
    case: str
    block: int
    stage: Stage
    hash_seed: int
    base: Windows
    head: Windows
    head_first: tuple[bool, ...]


class AllocationPair(Noun):
    """Allocations of one request of a case on both stacks, with one hash seed: counts, without noise."""

    kind: Literal["allocations"] = "allocations"
    case: str
    launch: int
    hash_seed: int
    base_allocs: float
    head_allocs: float
    base_alloc_bytes: float
    head_alloc_bytes: float


class Disagreement(Noun):
    """A case that the two stacks answer differently: a finding, and the reason why it isn't timed."""

    case: str
    base: str
    head: str


class Result(Noun):
    """One metric of one case: head over base, its interval, and the verdict at a margin.

    Counts have no interval: both ends are the ratio. `reasons` say why it isn't valid, or qualify the verdict.
    """

    case: str
    metric: Literal["cpu_us", "allocs"]
    ratio: float | None
    ci_low: float | None
    ci_high: float | None
    margin: float
    verdict: Verdict
    blocks: int
    valid: bool
    reasons: tuple[str, ...] = ()


class Side(Noun):
    """One of the two stacks: the words that named it, the packages that they name, and what they came to."""

    named: str
    names: tuple[str, ...]
    stack: Stack


class Comparison(Noun):
    """Every sample of two stacks on one host, and what is needed to do it again. `results` are derived from the rest,
    and stand in the file for those who read it without layercake."""

    schema_version: int = SCHEMA_VERSION
    id: str
    started_at: datetime
    command: tuple[str, ...]
    seed: int
    margin: float
    confidence: float
    budget_s: float
    commit: str | None
    dirty: bool
    harness_version: str
    complete: bool
    base: Side
    head: Side
    host: Host
    database: str | None = None
    noise: tuple[Noise, ...] = ()
    cases: tuple[Case, ...]
    disagreements: tuple[Disagreement, ...] = ()
    samples: tuple[Annotated[PairSample | AllocationPair, Field(discriminator="kind")], ...] = ()
    absences: tuple[Absence, ...] = ()
    elapsed_s: float = 0.0
    results: tuple[Result, ...] = ()
