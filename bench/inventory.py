"""What there is to measure with, and what was measured: targets, cases, scenarios and runs."""

from __future__ import annotations

from pathlib import Path

from bench import catalog, store
from bench.model import Noun, Scenario, Target


class StoredRun(Noun):
    """A run in the results folder; `problem` says why one can't be read, which is never passed over in silence."""

    id: str
    effort: str | None = None
    complete: bool | None = None
    fastapi: str | None = None
    problem: str | None = None


class Inventory(Noun):
    targets: tuple[Target, ...]
    cases: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    runs: tuple[StoredRun, ...]


def take(targets: Path, scenarios: Path, runs: Path) -> Inventory:
    """Read all of it. Raises CatalogError for a broken target or scenario."""
    found = catalog.read_targets(targets)
    return Inventory(
        targets=tuple(found.values()),
        cases=tuple(case.id for case in catalog.cases(found)),
        scenarios=tuple(catalog.read_scenarios(scenarios).values()),
        runs=tuple(_stored(runs, name) for name in store.ids(runs)),
    )


def _stored(runs: Path, name: str) -> StoredRun:
    try:
        run = store.load(runs / name)
    except store.StoreError as error:
        return StoredRun(id=name, problem=str(error))
    return StoredRun(
        id=name, effort=run.effort, complete=run.complete, fastapi=run.stack.packages.get("fastapi", "not in it")
    )
