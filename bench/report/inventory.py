"""What there is to measure with, and what was measured: targets, cases, scenarios, runs, comparisons and sweeps."""

from __future__ import annotations

from pathlib import Path

from bench import catalog, series_store, store
from bench.model import Noun, Scenario, Target
from bench.report.change import judged, sentence
from bench.report.sweep import sentences, swept, title
from bench.series import Sweep


class StoredRun(Noun):
    """A run in the results folder; `problem` says why one can't be read, which is never passed over in silence."""

    id: str
    effort: str | None = None
    complete: bool | None = None
    fastapi: str | None = None
    problem: str | None = None


class StoredComparison(Noun):
    """A comparison in the results folder: both stacks as they were named, and the verdict in a sentence."""

    id: str
    base: str | None = None
    head: str | None = None
    complete: bool | None = None
    verdict: str | None = None
    problem: str | None = None


class StoredSweep(Noun):
    """A sweep in the results folder: which releases, how many are done, and what it says first."""

    id: str
    of: str | None = None
    complete: bool | None = None
    said: str | None = None
    problem: str | None = None


class Inventory(Noun):
    targets: tuple[Target, ...]
    cases: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    runs: tuple[StoredRun, ...]
    comparisons: tuple[StoredComparison, ...]
    sweeps: tuple[StoredSweep, ...] = ()


def take(targets: Path, scenarios: Path, runs: Path, comparisons: Path, sweeps: Path) -> Inventory:
    """Read all of it. Raises CatalogError for a broken target or scenario."""
    found = catalog.read_targets(targets)
    return Inventory(
        targets=tuple(found.values()),
        cases=tuple(case.id for case in catalog.cases(found)),
        scenarios=tuple(catalog.read_scenarios(scenarios).values()),
        runs=tuple(_stored(runs, name) for name in store.ids(runs)),
        comparisons=tuple(_compared(comparisons, name) for name in store.ids(comparisons, store.COMPARISON_FILE)),
        sweeps=stored_sweeps(sweeps),
    )


def stored_sweeps(folder: Path) -> tuple[StoredSweep, ...]:
    """Oldest first."""
    return tuple(_swept(folder, name) for name in store.ids(folder, store.SWEEP_FILE))


def _stored(runs: Path, name: str) -> StoredRun:
    try:
        run = store.load(runs / name)
    except store.StoreError as error:
        return StoredRun(id=name, problem=str(error))
    return StoredRun(
        id=name, effort=run.effort, complete=run.complete, fastapi=run.stack.packages.get("fastapi", "not in it")
    )


def _compared(comparisons: Path, name: str) -> StoredComparison:
    try:
        found = judged(store.load_comparison(comparisons / name))
    except store.StoreError as error:
        return StoredComparison(id=name, problem=str(error))
    return StoredComparison(
        id=name, base=found.base.named, head=found.head.named, complete=found.complete, verdict=sentence(found)
    )


def _swept(sweeps: Path, name: str) -> StoredSweep:
    try:
        sweep = series_store.load(Sweep, sweeps / name)
        found = swept(sweep, series_store.comparisons(sweep, sweeps / name))
    except store.StoreError as error:
        return StoredSweep(id=name, problem=str(error))
    return StoredSweep(id=name, of=title(sweep), complete=sweep.complete, said=sentences(found)[0])
