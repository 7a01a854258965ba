"""Compares two runs that were measured apart."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

from bench.analysis import comparison as analysis
from bench.analysis import unpaired
from bench.catalog.selection import select
from bench.host.git import git_state
from bench.model.comparison import Comparison, Side
from bench.model.errors import UsageError
from bench.model.run import Run
from bench.stats.two_stage import CONFIDENCE
from bench.store import documents
from bench.store.recording import Recording
from bench.workflows.request import MeasurementRequest
from bench.workspace import PROJECT, Results


@dataclass(frozen=True)
class StoredSide:
    """One side of a comparison of runs."""

    side: Side
    run: Run


def stored(words: str, run: Run) -> StoredSide:
    """A side that was measured before."""
    return StoredSide(Side(named=Path(words).name, names=(), stack=run.stack, run=run.id, host=run.host), run)


def compared(
    base: StoredSide, head: StoredSide, choice: MeasurementRequest, results: Results, margin: float
) -> Recording[Comparison]:
    """What both runs say of the cases that both know. Raises UsageError, CatalogError
    and StoreError."""
    known = {case.id for case in base.run.cases}
    cases = tuple(case for case in head.run.cases if case.id in known)
    if not cases:
        raise UsageError("the two runs have no case in common; `bench list` shows all cases")
    cases = select(cases, choice.globs)
    if not base.side.names and not head.side.names:  # two stored runs: whatever differs is what is asked about
        base = replace(base, side=base.side.model_copy(update={"names": tuple(sorted(base.run.stack.packages))}))
    commit, dirty = git_state(PROJECT)
    now = datetime.now(UTC)
    unlike = unpaired.unlike(base.run, head.run, cases)
    comparison = Comparison(
        id=f"{now:%Y%m%dT%H%M%SZ}-{head.run.seed:08x}",
        started_at=now,
        command=tuple(sys.argv[1:]),
        seed=head.run.seed,
        margin=margin,
        confidence=CONFIDENCE,
        budget_s=0.0,
        gate="allocs",
        commit=commit,
        dirty=dirty,
        harness_version=version("fastapi-layercake"),
        measurement=head.run.measurement,
        complete=base.run.complete and head.run.complete,
        base=base.side,
        head=head.side,
        host=head.run.host,
        database=head.run.database,
        noise=head.run.noise,
        cases=cases,
        samples=unpaired.samples(base.run, head.run, cases),
        absences=head.run.absences,
        unlike=unlike,
        elapsed_s=sum(head.run.elapsed_s.values()),
    )
    comparison = comparison.model_copy(update={"results": analysis.results(comparison)})
    folder = results.made().comparisons
    recording = Recording(comparison, folder / comparison.id, partial(documents.save_comparison, folder=folder))
    recording.flush()
    return recording
