"""What is asked of a package's releases or an app's commits, and how far it got: a sweep over releases, or a bisection
between two versions.

Frozen, typed, without I/O, like `bench.model.comparison`. Releases are compared in stacks that are the anchor's in all
that can be resolved so, two that are compared directly in the older one's; commits each in the environment of its own
lock. The comparisons themselves lie beside the document, which names them by their ids.

History of the schema of bisections (`schema_version`):
1  first version: releases of a package.
2  versions: releases of a package or commits of an app. Version 1 is read: its `releases` are the versions, and its
   `left_out` are those that were skipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field, model_validator

from bench.model.app_version import AppVersion
from bench.model.base import Record
from bench.model.comparison import Side
from bench.model.provenance import Provenance
from bench.model.workload import Case

PYTHON = "python"
"""What a sweep over versions of Python calls its package."""
SWEEP_SCHEMA_VERSION = 1
BISECTION_SCHEMA_VERSION = 2


SeriesMetric = Literal["cpu_us", "server_cpu_us", "startup_cpu_ms", "rest_mb"]
"""What a sweep or a bisection is decided by: CPU time of requests, or of starts, or what apps hold then."""


class SeriesRequest(Record):
    """What was asked for: the same words find what they began, and go on with it. `budget_s` is a comparison's; `added`
    are packages that join every release's stack; `metric` is what decides."""

    package: str
    cases: tuple[Case, ...]
    margin: float
    budget_s: float
    python: str | None
    added: tuple[str, ...] = ()
    metric: SeriesMetric = "cpu_us"

    @property
    def of_python(self) -> bool:
        """Whether its releases are versions of Python, and the stack is the same."""
        return self.package == PYTHON

    def python_of(self, release: str) -> str | None:
        """The Python that a release is measured on; None: the harness's."""
        return release if self.of_python else self.python


class SweepRequest(SeriesRequest):
    """Of the releases that match the specifier, each `every`-th. Of `python` the versions, the first of which is the
    anchor: what others are compared with is then usually the one that runs today."""

    specifier: str
    every: int


class ReleaseBisectionRequest(SeriesRequest):
    """The release before a change, and one that has it."""

    good: str
    bad: str


class CommitBisectionRequest(Record):
    """The commit before a change, and one that has it, by their whole hashes: what a branch is called moves on.

    The `app` lies in `folder`, relative to the top of its repository; `requirements` is the file that was named to make
    each commit's environment of, and `added` are packages that join it. `env` is the name of the one that was named
    instead. `variables` are passed on by name, `before` runs before each launch, and `writes` says whether what changes
    state is asked. `metric` is what decides.
    """

    app: str
    folder: str
    cases: tuple[Case, ...]
    margin: float
    budget_s: float
    good: str
    bad: str
    requirements: str | None = None
    added: tuple[str, ...] = ()
    env: str | None = None
    variables: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    writes: bool = False
    metric: SeriesMetric = "cpu_us"


BisectionRequest = ReleaseBisectionRequest | CommitBisectionRequest


class LeftOut(Record):
    """A release that nothing is known of, and why: it can't be resolved, say, or no process of it starts."""

    release: str
    reason: str


class Skipped(Record):
    """A version that a bisection can't compare, and why."""

    version: str
    reason: str


class AskedComparison(Record):
    """One comparison of a series that isn't of its anchor, or not of it alone: two versions at a margin, and its id."""

    base: str
    head: str
    margin: float
    comparison: str


class NotCompared(Record):
    """Two releases that couldn't be compared directly, and why."""

    base: str
    head: str
    reason: str


class Sweep(Provenance):
    """A package's `releases`, oldest first, each against the `anchor`, the newest (of Python the first), whose lock was
    resolved once, and lies beside the document; `comparisons` are the ids of the complete ones, by release.

    `direct` are those of two releases, older and newer, that confirm a step or compare both ends, and `not_compared`
    what couldn't be. Older documents have neither.
    """

    schema_version: int = SWEEP_SCHEMA_VERSION
    words: SweepRequest
    releases: tuple[str, ...]
    anchor: Side
    left_out: tuple[LeftOut, ...] = ()
    complete: bool = False
    measurement: int
    comparisons: dict[str, str] = Field(default_factory=dict)
    direct: tuple[AskedComparison, ...] = ()
    not_compared: tuple[NotCompared, ...] = ()

    @property
    def anchored(self) -> str:
        """The anchor's release."""
        return self.releases[0] if self.words.of_python else self.anchor.stack.packages[self.words.package]

    @property
    def progress(self) -> tuple[int, int]:
        """How many releases are compared or left out, and of how many; the anchor needs no comparison."""
        return len(self.comparisons) + len(self.left_out), len(self.releases) - 1


class Bisection(Provenance):
    """The `versions` from a good one to a bad one, oldest first, and what was asked of them so far.

    Those of a package are releases, the good one the `anchor`, whose lock lies beside the document. Those of an app are
    whole hashes of `commits`; `files` are what the one that was found changes, None before.
    """

    schema_version: int = BISECTION_SCHEMA_VERSION
    words: BisectionRequest
    versions: tuple[str, ...]
    commits: tuple[AppVersion, ...] = ()
    anchor: Side | None = None
    skipped: tuple[Skipped, ...] = ()
    asked: tuple[AskedComparison, ...] = ()
    files: tuple[str, ...] | None = None
    complete: bool = False
    measurement: int

    @model_validator(mode="before")
    @classmethod
    def _of_version_1(cls, found: Any) -> Any:
        if not isinstance(found, dict) or "releases" not in found:
            return found
        skipped = ({"version": one["release"], "reason": one["reason"]} for one in found.get("left_out", ()))
        kept = {key: value for key, value in found.items() if key not in {"releases", "left_out"}}
        return {**kept, "versions": found["releases"], "skipped": list(skipped)}

    @property
    def candidates(self) -> tuple[str, ...]:
        """The versions that can be asked about."""
        out = {one.version for one in self.skipped}
        return tuple(version for version in self.versions if version not in out)

    def as_commit(self, version: str) -> AppVersion | None:
        """What a version is as a commit; None of a release."""
        return next((one for one in self.commits if one.commit == version), None)


def every_nth(releases: Sequence[str], every: int) -> tuple[str, ...]:
    """The first, each `every`-th after it, and the last."""
    kept = tuple(releases[::every])
    return kept if kept[-1:] == tuple(releases[-1:]) else (*kept, releases[-1])
