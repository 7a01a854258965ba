"""The profiles or heaps of two stacks, as one document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Protocol, TypeVar

from bench.model.base import Record
from bench.model.comparison import AnswerMismatch, Side
from bench.model.heap import HeapSample
from bench.model.provenance import Provenance
from bench.model.run import MissingSample, Noise, ProfileSample

PROFILE_DIFF_SCHEMA_VERSION = 1


class ProfilePair(Record):
    """One launch's profiles of a case on both stacks, one after the other on one core."""

    case: str
    launch: int
    hash_seed: int
    head_first: bool
    base: ProfileSample
    head: ProfileSample


class StackDiff(Provenance):
    """Two stacks on one host, and what is needed to look at them again; whatever was seen joins it."""

    schema_version: int = 1
    base: Side
    head: Side
    database: str | None = None
    noise: tuple[Noise, ...] = ()
    disagreements: tuple[AnswerMismatch, ...] = ()
    absences: tuple[MissingSample, ...] = ()


class ProfileDiff(StackDiff):
    """Every profile of two stacks on one host."""

    kind: Literal["flames"] = "flames"
    schema_version: int = PROFILE_DIFF_SCHEMA_VERSION
    samples: tuple[ProfilePair, ...] = ()


HEAP_DIFF_SCHEMA_VERSION = 1


class HeapPair(Record):
    """One launch's heaps of a case on both stacks, with one hash seed."""

    case: str
    launch: int
    head_first: bool
    base: HeapSample
    head: HeapSample


class HeapDiff(StackDiff):
    """Every heap of two stacks on one host."""

    kind: Literal["heaps"] = "heaps"
    schema_version: int = HEAP_DIFF_SCHEMA_VERSION
    samples: tuple[HeapPair, ...] = ()


class CaseObservation(Protocol):
    """Something that was seen of a case."""

    @property
    def case(self) -> str: ...


Document = TypeVar("Document", bound=StackDiff)
Sample = TypeVar("Sample", bound=CaseObservation)


def by_case(samples: Iterable[Sample]) -> dict[str, list[Sample]]:
    """In the order in which they were taken."""
    found: dict[str, list[Sample]] = {}
    for sample in samples:
        found.setdefault(sample.case, []).append(sample)
    return found
