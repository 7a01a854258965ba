"""What is asked of a package's releases, and how far it got: a sweep over them, or a bisection between two.

Frozen, typed, without I/O, like `bench.model.comparison`. Releases are compared in stacks that are the anchor's in all
that can be resolved so; the comparisons themselves lie beside the document, which names them by their ids.

History of the schema (`schema_version`): 1 is the first.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from bench.model.base import Record
from bench.model.comparison import Side
from bench.model.provenance import Provenance
from bench.model.workload import Case

SCHEMA_VERSION = 1


class SeriesRequest(Record):
    """What was asked for: the same words find what they began, and go on with it. `budget_s` is a comparison's; `added`
    are packages that join every release's stack."""

    package: str
    cases: tuple[Case, ...]
    margin: float
    budget_s: float
    python: str | None
    added: tuple[str, ...] = ()


class SweepRequest(SeriesRequest):
    """Of the releases that match the specifier, each `every`-th."""

    specifier: str
    every: int


class BisectionRequest(SeriesRequest):
    """The release before a change, and one that has it."""

    good: str
    bad: str


class LeftOut(Record):
    """A release that nothing is known of, and why: it can't be resolved, say, or no process of it starts."""

    release: str
    reason: str


class AskedComparison(Record):
    """One comparison of a bisection: two releases at a margin, and its id."""

    base: str
    head: str
    margin: float
    comparison: str


class Series(Provenance):
    """A package's `releases`, oldest first, and the `anchor`: one of them, whose lock was resolved once, and lies
    beside the document."""

    schema_version: int = SCHEMA_VERSION
    words: SeriesRequest
    releases: tuple[str, ...]
    anchor: Side
    left_out: tuple[LeftOut, ...] = ()
    complete: bool = False
    measurement: int

    @property
    def anchored(self) -> str:
        """The anchor's release."""
        return self.anchor.stack.packages[self.words.package]


class Sweep(Series):
    """Every release against the anchor, the newest; `comparisons` are the ids of the complete ones, by release."""

    words: SweepRequest
    comparisons: dict[str, str] = Field(default_factory=dict)

    @property
    def progress(self) -> tuple[int, int]:
        """How many releases are compared or left out, and of how many; the anchor needs no comparison."""
        return len(self.comparisons) + len(self.left_out), len(self.releases) - 1


class Bisection(Series):
    """The releases from a good one, the anchor, to a bad one, and what was asked of them so far."""

    words: BisectionRequest
    asked: tuple[AskedComparison, ...] = ()


def every_nth(releases: Sequence[str], every: int) -> tuple[str, ...]:
    """The first, each `every`-th after it, and the last."""
    kept = tuple(releases[::every])
    return kept if kept[-1:] == tuple(releases[-1:]) else (*kept, releases[-1])
