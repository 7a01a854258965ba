"""What there is to measure with, and what was measured: targets, cases, scenarios, and whatever is stored.

What judges is imported where there is something to judge: it takes longer than all the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from bench.catalog.scenarios import read_scenarios
from bench.catalog.selection import cases
from bench.model.base import Record
from bench.model.diff import HeapDiff, ProfileDiff
from bench.model.scenario import Scenario
from bench.model.workload import Target
from bench.store import documents, locate
from bench.store.documents import Kind
from bench.store.files import StoreError
from bench.store.record import RecordFile
from bench.workspace import Results

Of = Literal["time", "memory"]
_SEEN: tuple[tuple[Of, Kind[ProfileDiff] | Kind[HeapDiff]], ...] = (
    ("time", documents.FLAMES),
    ("memory", documents.HEAP_PAIRS),
)


class StoredRun(Record):
    """A run in the results folder; `problem` says why one can't be read, which is never passed over in silence.

    `heaps` are the cases whose memory was looked at line by line.
    """

    id: str
    effort: str | None = None
    complete: bool | None = None
    fastapi: str | None = None
    heaps: tuple[str, ...] = ()
    problem: str | None = None


class StoredComparison(Record):
    """A comparison in the results folder: both stacks as they were named, and the verdict in a sentence."""

    id: str
    base: str | None = None
    head: str | None = None
    complete: bool | None = None
    verdict: str | None = None
    problem: str | None = None


class StoredDifference(Record):
    """What was seen inside two stacks, and of which cases: their profiles, or their heaps."""

    id: str
    of: Of
    base: str | None = None
    head: str | None = None
    complete: bool | None = None
    cases: tuple[str, ...] = ()
    problem: str | None = None


class StoredSweep(Record):
    """A sweep in the results folder: which releases, how many are done, and what it says first."""

    id: str
    of: str | None = None
    complete: bool | None = None
    said: str | None = None
    problem: str | None = None


class StoredBisection(Record):
    """A bisection in the results folder: of what, and what it says first."""

    id: str
    of: str | None = None
    complete: bool | None = None
    said: str | None = None
    problem: str | None = None


class StoredAudit(Record):
    """An audit of somebody's own app in the results folder: how many of its routes were measured."""

    id: str
    app: str | None = None
    complete: bool | None = None
    said: str | None = None
    problem: str | None = None


class StoredRecord(Record):
    """The record of a package in the results folder: its releases, and how many comparisons of them there are."""

    package: str
    of: str | None = None
    comparisons: int | None = None
    problem: str | None = None


class Inventory(Record):
    targets: tuple[Target, ...]
    cases: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    runs: tuple[StoredRun, ...]
    comparisons: tuple[StoredComparison, ...]
    sweeps: tuple[StoredSweep, ...] = ()
    differences: tuple[StoredDifference, ...] = ()
    audits: tuple[StoredAudit, ...] = ()
    bisections: tuple[StoredBisection, ...] = ()
    records: tuple[StoredRecord, ...] = ()


def inventory(targets: Mapping[str, Target], scenarios: Path, kept: Results) -> Inventory:
    """The `targets`, the scenarios of a folder, and all stored results. Raises CatalogError for a broken scenario."""
    return Inventory(
        targets=tuple(targets.values()),
        cases=tuple(case.id for case in cases(targets)),
        scenarios=tuple(read_scenarios(scenarios).values()),
        runs=tuple(_stored(kept.runs, name) for name in locate.ids(kept.runs)),
        comparisons=tuple(
            _compared(kept.comparisons, name) for name in locate.ids(kept.comparisons, documents.COMPARISON)
        ),
        sweeps=stored_sweeps(kept.sweeps),
        differences=tuple(differences(kept.looks)),
        audits=stored_audits(kept.audits),
        bisections=stored_bisections(kept.bisections),
        records=recorded_packages(kept.record),
    )


def stored_audits(folder: Path) -> tuple[StoredAudit, ...]:
    """Oldest first."""
    return tuple(_audited(folder, name) for name in locate.ids(folder, documents.AUDIT))


def _audited(folder: Path, name: str) -> StoredAudit:
    from bench.analysis.audit.coverage import counted, measured_coverage  # noqa: PLC0415

    try:
        audit = documents.AUDIT.load(folder / name)
    except StoreError as error:
        return StoredAudit(id=name, problem=str(error))
    found = counted(measured_coverage(audit))
    said = f"{found.measured} of {found.routes} routes measured"
    return StoredAudit(id=name, app=audit.app.name, complete=audit.complete, said=said)


def differences(inside: Iterable[Path]) -> list[StoredDifference]:
    """What was seen inside two stacks, oldest first."""
    found = [
        _seen(folder / name, of, kind) for folder in inside for of, kind in _SEEN for name in locate.ids(folder, kind)
    ]
    return sorted(found, key=lambda one: one.id)


def _seen(folder: Path, of: Of, kind: Kind[ProfileDiff] | Kind[HeapDiff]) -> StoredDifference:
    try:
        found = kind.load(folder)
    except StoreError as error:
        return StoredDifference(id=folder.name, of=of, problem=str(error))
    cases = tuple(dict.fromkeys(sample.case for sample in found.samples))
    return StoredDifference(
        id=folder.name,
        of=of,
        base=found.base.named,
        head=found.head.named,
        complete=found.complete,
        cases=cases,
    )


def stored_sweeps(folder: Path) -> tuple[StoredSweep, ...]:
    """Oldest first."""
    return tuple(_swept(folder, name) for name in locate.ids(folder, documents.SWEEP))


def stored_bisections(folder: Path) -> tuple[StoredBisection, ...]:
    """Oldest first."""
    return tuple(_bisected(folder, name) for name in locate.ids(folder, documents.BISECTION))


def _bisected(folder: Path, name: str) -> StoredBisection:
    from bench.report.words.bisection import bisected, sentences, title  # noqa: PLC0415

    try:
        bisection = documents.BISECTION.load(folder / name)
        found = bisected(bisection, folder / name)
    except StoreError as error:
        return StoredBisection(id=name, problem=str(error))
    return StoredBisection(id=name, of=title(bisection), complete=bisection.complete, said=sentences(found)[0])


def recorded_packages(folder: Path) -> tuple[StoredRecord, ...]:
    """By name."""
    return tuple(_recorded(folder, file.stem) for file in sorted(folder.glob("*.jsonl")))


def _recorded(folder: Path, package: str) -> StoredRecord:
    try:
        found = RecordFile(folder, package).load()
    except StoreError as error:
        return StoredRecord(package=package, problem=str(error))
    if found is None:
        return StoredRecord(package=package, problem="was removed")
    header, comparisons = found
    return StoredRecord(
        package=package, of=f"{header.releases[0]} to {header.releases[-1]}", comparisons=len(comparisons)
    )


def _stored(runs: Path, name: str) -> StoredRun:
    try:
        run = documents.RUN.load(runs / name)
    except StoreError as error:
        return StoredRun(id=name, problem=str(error))
    heaps, problem = _heaps(runs / name)
    return StoredRun(
        id=name,
        effort=run.effort,
        complete=run.complete,
        fastapi=run.stack.packages.get("fastapi", "unknown" if run.url else "not found"),
        heaps=heaps,
        problem=problem,
    )


def _heaps(folder: Path) -> tuple[tuple[str, ...], str | None]:
    """The cases whose memory was looked at line by line, or why that can't be read."""
    try:
        heaps = documents.HEAPS.load(folder) if (folder / documents.HEAPS.file).exists() else None
    except StoreError as error:
        return (), str(error)
    return tuple(sample.case for sample in heaps.samples) if heaps else (), None


def _compared(comparisons: Path, name: str) -> StoredComparison:
    from bench.report.words.comparison import judged  # noqa: PLC0415
    from bench.report.words.comparison_verdict import sentence  # noqa: PLC0415

    try:
        found = judged(documents.COMPARISON.load(comparisons / name))
    except StoreError as error:
        return StoredComparison(id=name, problem=str(error))
    return StoredComparison(
        id=name, base=found.base.named, head=found.head.named, complete=found.complete, verdict=sentence(found)
    )


def _swept(sweeps: Path, name: str) -> StoredSweep:
    from bench.report.words.sweep import sentences, swept_in, title  # noqa: PLC0415

    try:
        sweep = documents.SWEEP.load(sweeps / name)
        found = swept_in(sweep, sweeps / name)
    except StoreError as error:
        return StoredSweep(id=name, problem=str(error))
    return StoredSweep(id=name, of=title(sweep), complete=sweep.complete, said=sentences(found)[0])
