"""Compares two runs that were measured apart."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

from bench.analysis.comparison import unpaired
from bench.analysis.comparison import verdicts as analysis
from bench.catalog.selection import select
from bench.model.comparison import Comparison, Side
from bench.model.errors import UsageError
from bench.model.run import Run
from bench.stats.two_stage import CONFIDENCE
from bench.store import documents
from bench.store.recording import Recording
from bench.workflows.case_selection import gated, ignored
from bench.workflows.provenance import begun
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
    chosen = select(cases, choice.globs)
    cases = gated(chosen)
    if not base.side.names and not head.side.names:  # two stored runs: whatever differs is what is asked about
        base = replace(base, side=base.side.model_copy(update={"names": tuple(sorted(base.run.stack.packages))}))
    unlike = unpaired.unlike(base.run, head.run, cases)
    made = begun(sys.argv[1:], head.run.seed, PROJECT)
    comparison = Comparison(
        **(made | {"complete": base.run.complete and head.run.complete, "host": head.run.host}),
        margin=margin,
        confidence=CONFIDENCE,
        budget_s=0.0,
        gate="allocs",
        measurement=head.run.measurement,
        base=base.side,
        head=head.side,
        database=head.run.database,
        noise=head.run.noise,
        cases=cases,
        samples=unpaired.samples(base.run, head.run, cases),
        absences=(*head.run.absences, *ignored(chosen, choice.passes[0])),
        unlike=unlike,
        elapsed_s=sum(head.run.elapsed_s.values()),
    )
    comparison = comparison.model_copy(update={"results": analysis.results(comparison)})
    recording = documents.COMPARISON.recording(comparison, results.made().comparisons)
    recording.flush()
    return recording
