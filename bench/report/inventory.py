"""What there is to measure with, and what was measured: targets, cases, scenarios, runs and comparisons."""

from __future__ import annotations

from pathlib import Path

from bench import catalog, store
from bench.model import Noun, Scenario, Target
from bench.report.change import judged, sentence


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


class Inventory(Noun):
    targets: tuple[Target, ...]
    cases: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    runs: tuple[StoredRun, ...]
    comparisons: tuple[StoredComparison, ...]


def take(targets: Path, scenarios: Path, runs: Path, comparisons: Path) -> Inventory:
    """Read all of it. Raises CatalogError for a broken target or scenario."""
    found = catalog.read_targets(targets)
    return Inventory(
        targets=tuple(found.values()),
        cases=tuple(case.id for case in catalog.cases(found)),
        scenarios=tuple(catalog.read_scenarios(scenarios).values()),
        runs=tuple(_stored(runs, name) for name in store.ids(runs)),
        comparisons=tuple(_compared(comparisons, name) for name in store.ids(comparisons, store.COMPARISON_FILE)),
    )


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
