"""What is looked at inside the processes of two stacks: begun, and kept in a folder of its own with both locks.

What a look sees, time or memory, is for `bench.flames` and `bench.heap_pairs`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Protocol, TypeVar

from bench import host, store
from bench.engine import agreement
from bench.engine.arms import Arms
from bench.model import Host, Noun, Pass
from bench.pairs import Disagreement, Side
from bench.recording import Recording
from bench.run import Progress, git_state
from bench.samples import Absence, Noise
from bench.stack.recipe import Recipe


class TwoStacks(Noun):
    """Two stacks on one host, and what is needed to look at them again; whatever was seen joins it."""

    schema_version: int = 1
    id: str
    started_at: datetime
    command: tuple[str, ...]
    seed: int
    commit: str | None
    dirty: bool
    harness_version: str
    complete: bool
    base: Side
    head: Side
    host: Host
    database: str | None = None
    noise: tuple[Noise, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    absences: tuple[Absence, ...] = ()


class Seen(Protocol):
    """Something that was seen of a case."""

    @property
    def case(self) -> str: ...


Document = TypeVar("Document", bound=TwoStacks)
Sample = TypeVar("Sample", bound=Seen)


@dataclass(frozen=True)
class Asked:
    """Which stacks are looked at, by which words, and the cases that one of them can't serve."""

    arms: Arms
    recipes: tuple[Recipe, Recipe]
    skipped: tuple[Absence, ...] = ()
    command: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{self.arms.base.seed:08x}"


def begin(document: type[Document], asked: Asked, file: Path, project: Path) -> Recording[Document]:
    """Nothing seen yet; it is kept as `file`, with both locks beside it. Raises StoreError."""
    base, head = asked.arms.base, asked.arms.head
    commit, dirty = git_state(project)
    begun = document(
        id=file.parent.name,
        started_at=datetime.now(UTC),
        command=asked.command,
        seed=base.seed,
        commit=commit,
        dirty=dirty,
        harness_version=version("fastapi-layercake"),
        complete=False,
        base=asked.recipes[0].side(base.environment.stack),
        head=asked.recipes[1].side(head.environment.stack),
        host=host.describe(),
        database=base.database.description if base.database else None,
    )
    begun = begun.model_copy(update=store.quoting(asked.skipped, asked.command))
    recording = Recording(begun, file.parent, lambda kept: store.write_atomically(file, kept.model_dump_json() + "\n"))
    recording.flush()
    for name, plan in (("base", base), ("head", head)):
        store.write_atomically(file.parent / f"{name}.lock", plan.environment.lock)
    return recording


@contextmanager
def looking(
    recording: Recording[Document], arms: Arms, progress: Progress, during: Pass, expected_s: float
) -> Iterator[set[str]]:
    """A look that is complete if nothing breaks it off; what was seen until then is kept. Gives the ids of the cases
    that are left out, to which the look adds those that fail in it. Raises StoreError."""
    core = arms.base.cores.measured
    progress.begin({during: expected_s})
    try:
        recording.change(noise=(host.noise("start", core),))
        yield differing(recording, arms)
        recording.change(noise=(*recording.document.noise, host.noise("end", core)), complete=True)
        progress.ended(during)
    finally:
        recording.flush()


def missing(recording: Recording[Document], absence: Absence) -> None:
    """Raises StoreError."""
    recording.change(absences=(*recording.document.absences, store.without_paths(absence)))


def by_case(samples: Iterable[Sample]) -> dict[str, list[Sample]]:
    """In the order in which they were taken."""
    found: dict[str, list[Sample]] = {}
    for sample in samples:
        found.setdefault(sample.case, []).append(sample)
    return found


def differing(recording: Recording[Document], arms: Arms) -> set[str]:
    """Cases that can't be laid side by side: the stacks answer differently, or neither as the target promises."""
    failed: set[str] = set()
    for one in agreement.check(arms):
        failed.add(one.case)
        if isinstance(one, Disagreement):
            recording.change(disagreements=(*recording.document.disagreements, store.without_paths(one)))
        else:
            missing(recording, one)
    return failed
