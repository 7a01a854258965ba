"""What was observed of two stacks side by side, block by block. Frozen, typed, without I/O, like `bench.model.run`; a
block is one launch of both arms and the replicate of a comparison.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bench.model.base import Record
from bench.model.load import Histogram, LoadSample
from bench.model.run import AllocationSample, TimingSample, Windows
from bench.model.startup import AppStart

Stage = Literal["pilot", "further", "confirmation"]


class PairedLatencies(Record):
    """How long the requests of a block took that two servers were asked, from the send of a request to the end of its
    answer, and the share of that time in which the client was at work."""

    base: Histogram
    head: Histogram
    client_busy_share: float


class PairSample(Record):
    """A case on both stacks in one block: window i of either ran side by side on one core, in random order.

    `head_first` says of each pair whether the head's window came before the base's; `latencies` are those of servers.
    """

    kind: Literal["pair"] = "pair"
    case: str
    block: int
    stage: Stage
    core: int | None = None
    hash_seed: int
    base: Windows
    head: Windows
    head_first: tuple[bool, ...]
    latencies: PairedLatencies | None = None


class AllocationPair(Record):
    """Allocations of one request of a case on both stacks, with one hash seed: counts, without noise."""

    kind: Literal["allocations"] = "allocations"
    case: str
    launch: int
    hash_seed: int
    base_allocs: float
    head_allocs: float
    base_alloc_bytes: float
    head_alloc_bytes: float


class InstructionPair(Record):
    """Instructions of one request of a case on both stacks, as callgrind counts them, with one hash seed."""

    kind: Literal["instructions"] = "instructions"
    case: str
    hash_seed: int
    base_instructions: float
    head_instructions: float


class ServedPair(Record):
    """A case on both stacks in one block, served and loaded one after the other: of comparisons up to 0.1.

    `head_first` says in which order: it changes from block to block, so that a drift weighs on neither.
    """

    kind: Literal["served"] = "served"
    case: str
    block: int
    stage: Stage
    base: LoadSample
    head: LoadSample
    head_first: bool


class StartupPair(Record):
    """An app on both stacks in one block: a fresh process of each, one after the other on one core, with one hash seed.

    `head_first` says in which order: it changes from block to block, so that a drift weighs on neither.
    """

    kind: Literal["startup"] = "startup"
    case: str
    block: int
    stage: Stage
    core: int | None = None
    hash_seed: int
    base: AppStart
    head: AppStart
    head_first: bool


class ApartSample(Record):
    """What one side's run observed, measured at another time than the other's: a launch, which pairs with none."""

    kind: Literal["apart"] = "apart"
    side: Literal["base", "head"]
    sample: Annotated[TimingSample | AllocationSample, Field(discriminator="kind")]

    @property
    def case(self) -> str:
        return self.sample.case


PairedSample = Annotated[
    PairSample | AllocationPair | InstructionPair | ServedPair | StartupPair | ApartSample, Field(discriminator="kind")
]
