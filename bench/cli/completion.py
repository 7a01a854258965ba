"""What a shell may complete: names from the catalog and the results, read as everywhere, and no target imported.

A folder that can't be read completes nothing: the command itself will say what is wrong with it. Typer keeps those that
begin with what is written already. Every verb offers completions, and imports here what only a shell that asks needs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from bench.model.app_options import AppOptions
from bench.model.errors import RefusedError
from bench.workspace import RESULTS, SCENARIOS, TARGETS, Results

if TYPE_CHECKING:
    from bench.model.workload import Target
    from bench.store.documents import Kind

Completions = list[tuple[str, str]]
"""Each with what it is, for the shells that show that."""


def case_globs(ctx: typer.Context, incomplete: str) -> Completions:
    """Targets until a colon is written, then their cases; after `*:` the requests of any of them. Of an app its routes,
    and their paths where one is begun without a method."""
    known = _targets(ctx)
    if ctx.params.get("app"):
        routes = [request for target in known.values() for request in target.requests]
        paths = (request.partition(" ")[2] for request in routes if incomplete.startswith("/"))
        return [(name, "a route of the app") for name in (*routes, *dict.fromkeys(paths))]
    if incomplete.startswith("*:"):
        requests = dict.fromkeys(request for target in known.values() for request in target.requests)
        return [(f"*:{request}", "all targets with this request") for request in requests]
    if ":" in incomplete:
        return [(f"{name}:{request}", one.adds) for name, one in known.items() for request in one.requests]
    return target_names(ctx)


def target_names(ctx: typer.Context) -> Completions:
    """The targets, with what they add."""
    return [(name, target.adds) for name, target in _targets(ctx).items()]


def scenario_names(ctx: typer.Context) -> Completions:
    """The scenarios, with what they say of themselves; for an app those that repeat a request of it."""
    from bench.catalog.scenarios import read_scenarios  # noqa: PLC0415

    with suppress(RefusedError):
        known = read_scenarios(SCENARIOS)
        if ctx.params.get("app"):
            repeating = [(name, scenario.description) for name, scenario in known.items() if not scenario.cases]
            return [("traffic", "all routes of the app together"), *repeating]
        return [(name, scenario.description) for name, scenario in known.items()]
    return []


def stored_names(ctx: typer.Context) -> Completions:
    """The runs, comparisons, audits and bisections that are kept, the newest first, `latest`, and `record`."""
    from bench.store import documents  # noqa: PLC0415

    kept = _results(ctx)
    of = (
        (kept.runs, documents.RUN),
        (kept.comparisons, documents.COMPARISON),
        (kept.audits, documents.AUDIT),
        (kept.bisections, documents.BISECTION),
    )
    ids = sorted((name for folder, kind in of for name in _stored(folder, kind)), reverse=True)
    record = [("record", "what releases changed")] if kept.record.is_dir() else []
    return [*([("latest", "the newest result")] if ids else []), *record, *ids]


def run_names(ctx: typer.Context) -> Completions:
    """The runs that are kept, the newest first: what either side of a comparison may be, beside requirements."""
    from bench.store.documents import RUN  # noqa: PLC0415

    return sorted(_stored(_results(ctx).runs, RUN), reverse=True)


def _targets(ctx: typer.Context) -> dict[str, Target]:
    from bench.audit.targets import known_targets  # noqa: PLC0415

    folder, app_dir, named, file = (ctx.params.get(name) for name in ("targets", "app_dir", "app", "requests"))
    app = AppOptions(named[0], Path(app_dir or "."), requests=Path(file) if file else None) if named else None
    with suppress(RefusedError):
        return known_targets(Path(folder or TARGETS), app)
    return {}


def _results(ctx: typer.Context) -> Results:
    return Results(Path(ctx.params.get("results") or RESULTS))


def _stored(folder: Path, kind: Kind[Any]) -> Iterator[tuple[str, str]]:
    from bench.store import documents, locate  # noqa: PLC0415

    words = {
        documents.RUN.file: "a run",
        documents.COMPARISON.file: "a comparison",
        documents.AUDIT.file: "an audit",
        documents.BISECTION.file: "a bisection",
    }
    yield from ((name, words[kind.file]) for name in locate.ids(folder, kind))
