"""What a shell may complete: names from the catalog and the results, read as everywhere, and no target imported.

A folder that can't be read completes nothing: the command itself will say what is wrong with it. Typer keeps those that
begin with what is written already.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import typer

from bench.catalog.scenarios import read_scenarios
from bench.catalog.source import CatalogError
from bench.catalog.targets import read_targets
from bench.model.workload import Target
from bench.store import documents, locate
from bench.workspace import RESULTS, SCENARIOS, TARGETS, Results

Completions = list[tuple[str, str]]
"""Each with what it is, for the shells that show that."""


def case_globs(ctx: typer.Context, incomplete: str) -> Completions:
    """Targets until a colon is written, then their cases; after `*:` the requests of any of them."""
    known = _targets(ctx)
    if incomplete.startswith("*:"):
        requests = dict.fromkeys(request for target in known.values() for request in target.requests)
        return [(f"*:{request}", "all targets with this request") for request in requests]
    if ":" in incomplete:
        return [(f"{name}:{request}", one.adds) for name, one in known.items() for request in one.requests]
    return target_names(ctx)


def target_names(ctx: typer.Context) -> Completions:
    """The targets, with what they add."""
    return [(name, target.adds) for name, target in _targets(ctx).items()]


def scenario_names() -> Completions:
    """The scenarios, with what they say of themselves."""
    with suppress(CatalogError):
        known = read_scenarios(SCENARIOS)
        return [(name, scenario.description) for name, scenario in known.items()]
    return []


def stored_names(ctx: typer.Context) -> Completions:
    """The runs and comparisons that are kept, the newest first, and `latest`."""
    kept = _results(ctx)
    ids = sorted((*_stored(kept.runs, documents.RUN), *_stored(kept.comparisons, documents.COMPARISON)), reverse=True)
    return [*([("latest", "the newest result")] if ids else []), *ids]


def run_names(ctx: typer.Context) -> Completions:
    """The runs that are kept, the newest first: what either side of a comparison may be, beside requirements."""
    return sorted(_stored(_results(ctx).runs, documents.RUN), reverse=True)


def _targets(ctx: typer.Context) -> dict[str, Target]:
    folder = ctx.params.get("targets") or TARGETS
    with suppress(CatalogError):
        return read_targets(Path(folder))
    return {}


def _results(ctx: typer.Context) -> Results:
    return Results(Path(ctx.params.get("results") or RESULTS))


def _stored(folder: Path, kind: documents.Kind[Any]) -> Iterator[tuple[str, str]]:
    yield from ((name, "a run" if kind is documents.RUN else "a comparison") for name in locate.ids(folder, kind))
