"""Comparing with a stored run: the other side is measured as a run of its own, or is one already."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

from bench import apart, catalog, compare, store
from bench.choice import Choice, UsageError
from bench.cli.measuring import observe
from bench.pairs import Comparison, Side
from bench.recording import Recording
from bench.run import git_state
from bench.samples import Run
from bench.stack.recipe import read
from bench.verdict import CONFIDENCE
from bench.workspace import PROJECT, Results


@dataclass(frozen=True)
class Part:
    """One side of a comparison of runs."""

    side: Side
    run: Run


def stored(words: str, run: Run) -> Part:
    """A side that was measured before."""
    return Part(Side(named=Path(words).name, names=(), stack=run.stack, run=run.id, host=run.host), run)


def measured(words: str, other: Run, choice: Choice, results: Results, python: str | None) -> Part:
    """A side that is measured now, as the `other` was: its cases, its effort, its Python if none is named, and its
    versions of all that `words` don't name. Raises UsageError, StackError and CatalogError."""
    recipe = read(words)
    known = {case.id for case in catalog.cases(catalog.read_targets(choice.targets))}
    globs = choice.globs or tuple(case.id for case in other.cases if case.id in known)
    if not globs:
        raise UsageError(f"{other.id} knows none of the cases in {choice.targets}; measure it anew")
    chosen = replace(choice, globs=globs, effort=other.effort, python=python or _minor(other.stack.python))
    run = observe(chosen, results, recipe, other.stack.packages).document
    return Part(recipe.side(run.stack).model_copy(update={"run": run.id, "host": run.host}), run)


def compared(base: Part, head: Part, choice: Choice, results: Results, margin: float) -> Recording[Comparison]:
    """What both runs say of the cases that both know. Raises UsageError, CatalogError
    and StoreError."""
    known = {case.id for case in base.run.cases}
    cases = tuple(case for case in head.run.cases if case.id in known)
    if not cases:
        raise UsageError("the two runs have no case in common; `bench list` shows the cases there are")
    cases = catalog.select(cases, choice.globs)
    if not base.side.names and not head.side.names:  # two stored runs: whatever differs is what is asked about
        base = replace(base, side=base.side.model_copy(update={"names": tuple(sorted(base.run.stack.packages))}))
    commit, dirty = git_state(PROJECT)
    now = datetime.now(UTC)
    unlike = apart.unlike(base.run, head.run, cases)
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
        samples=apart.samples(base.run, head.run, cases),
        absences=head.run.absences,
        unlike=unlike,
        elapsed_s=sum(head.run.elapsed_s.values()),
    )
    comparison = comparison.model_copy(update={"results": compare.results(comparison)})
    folder = results.made().comparisons
    recording = Recording(comparison, folder / comparison.id, partial(store.save_comparison, folder=folder))
    recording.flush()
    return recording


def _minor(python: str) -> str:
    return ".".join(python.split(".")[:2])
