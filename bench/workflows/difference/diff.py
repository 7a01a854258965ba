"""Begins and runs a look inside two stacks. What it sees is either profiles or heaps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.host.noise import noise
from bench.model.comparison import AnswerMismatch, Side
from bench.model.diff import Document
from bench.model.run import MissingSample
from bench.model.workload import Case, Pass
from bench.runner import agreement
from bench.runner.agent_pair import PairedPlan
from bench.store.documents import kind_of
from bench.store.files import write_files
from bench.store.recording import Recording
from bench.store.redaction import without_paths
from bench.workflows.provenance import begun, new_id
from bench.workflows.run import RunListener


@dataclass(frozen=True)
class DiffRequest:
    """Which stacks are looked at, by which words, and the cases that one of them can't serve."""

    paired: PairedPlan
    sides: tuple[Side, Side]
    skipped: tuple[MissingSample, ...] = ()
    command: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return new_id(self.paired.base.seed)


def begin(record: type[Document], asked: DiffRequest, folder: Path, project: Path) -> Recording[Document]:
    """Nothing seen yet, in `folder`, with both locks beside it. Raises StoreError."""
    base, head = asked.paired.base, asked.paired.head
    seen = record(
        **(begun(asked.command, base.seed, project) | {"id": folder.name}),
        base=asked.sides[0],
        head=asked.sides[1],
        database=base.database.description if base.database else None,
        absences=tuple(map(without_paths, asked.skipped)),
    )
    recording = kind_of(record).recording(seen, folder.parent)
    recording.flush()
    write_files(recording.folder, {"base.lock": base.environment.lock, "head.lock": head.environment.lock})
    return recording


@contextmanager
def looking(
    recording: Recording[Document],
    paired: PairedPlan,
    progress: RunListener,
    during: Pass,
    expected_s: Callable[[], float],
) -> Iterator[tuple[PairedPlan, set[str]]]:
    """A look that is complete if nothing breaks it off; what was seen until then is kept. Gives the plan, whose cases
    know how their answers are compared, and the ids of those that are left out, to which the look adds those that fail
    in it. `expected_s` is asked once all answers have been checked. Raises StoreError."""
    core = paired.base.cores.measured
    try:
        recording.change(noise=(noise("start", core),))
        found = differing(recording, paired)
        progress.begin({during: expected_s()})
        yield found
        recording.change(noise=(*recording.document.noise, noise("end", core)), complete=True)
        progress.ended(during)
    finally:
        recording.flush()


def missing(recording: Recording[Document], absence: MissingSample) -> None:
    """Raises StoreError."""
    recording.change(absences=(*recording.document.absences, without_paths(absence)))


def differing(recording: Recording[Document], paired: PairedPlan) -> tuple[PairedPlan, set[str]]:
    """The plan with what is known of its cases' answers, and the ids of those that can't be laid side by side: the
    stacks answer differently, or neither as the target promises."""
    failed: set[str] = set()
    known: list[Case] = []
    for one in agreement.check(paired):
        if isinstance(one, Case):
            known.append(one)
            continue
        failed.add(one.case)
        if isinstance(one, AnswerMismatch):
            recording.change(disagreements=(*recording.document.disagreements, without_paths(one)))
        else:
            missing(recording, one)
    return paired.knowing(known), failed
