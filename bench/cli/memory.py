"""`bench memory`: how far a request raises its process's memory, which line holds it, and whether any stays behind."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import Annotated

import typer

from bench.catalog.scenarios import hot
from bench.catalog.selection import matching
from bench.cli import arguments
from bench.cli.completion import case_globs
from bench.cli.diff import asked, look, of_two, show_heap_pairs, show_heaps
from bench.cli.options import (
    Base,
    BothPythons,
    Cases,
    Full,
    Head,
    Quick,
    ResultsFolder,
    Stack,
    Targets,
    With,
    effort,
    packages,
)
from bench.cli.output import console
from bench.cli.own_app import with_app
from bench.cli.paired import prepared, refuse_without
from bench.cli.run import measure
from bench.measure import heap
from bench.measure.job import Job
from bench.model.app_options import AppOptions
from bench.model.heap import Heaps
from bench.model.run import MissingSample, Run
from bench.model.workload import Pass
from bench.runner.plan import Plan
from bench.store import documents
from bench.store.files import write_files
from bench.store.recording import Recording
from bench.store.redaction import without_paths
from bench.text.numbers import duration
from bench.workflows.difference import heaps as heap_diff
from bench.workflows.request import MeasurementRequest, Pythons
from bench.workspace import PROJECT, RESULTS, TARGETS, Results


@with_app
def memory(
    looked_at: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CASE",
            help="Cases to examine line by line.",
            autocompletion=case_globs,
        ),
    ] = None,
    quick: Quick = False,
    full: Full = False,
    case: Cases = None,
    stack: Stack = "",
    added: With = None,
    base: Base = "",
    head: Head = "",
    python: BothPythons = None,
    targets: Targets = TARGETS,
    results: ResultsFolder = RESULTS,
    app: AppOptions | None = None,
) -> None:
    """Measure the peak memory that one request adds, in MB.

    For named CASEs, also show which lines hold it. With --base and --head, show what differs between two stacks.
    """
    named = tuple(looked_at or ())
    globs, kept = (*named, *(case or ())), Results.kept_in(results)
    chosen = MeasurementRequest(
        (Pass.MEMORY,), effort(quick, full), globs, targets=targets, added=packages(added), app=app
    )
    if of_two(base, head, stack, globs):
        _differ(chosen, kept, (base, head), arguments.pythons(python))
        return
    chosen = replace(chosen, requirements=tuple(stack.split()), python=python)
    if not named:
        measure(chosen, kept)
        return
    seen: list[Heaps] = []
    recording = measure(chosen, kept, lambda recording, plan: _look(recording, plan, named, seen))
    for heaps in seen[-1:]:
        show_heaps(heaps, recording.folder)


def _differ(chosen: MeasurementRequest, results: Results, stacks: tuple[str, str], pythons: Pythons) -> None:
    with ExitStack() as running:
        ready = prepared(running, chosen, stacks, pythons)
        refuse_without(ready.arms, "memray")
        question = asked(ready)
        recording = heap_diff.begin(question, results.made().heaps / question.id, PROJECT)
        look(recording, ready.arms, heap_diff.measure, show_heap_pairs)


def _look(recording: Recording[Run], plan: Plan, named: tuple[str, ...], seen: list[Heaps]) -> None:
    """The heaps of the named cases, beside the run that has their peaks; `seen` gets them as they grow."""
    run = recording.document
    heaps = Heaps(id=run.id, harness_version=run.harness_version, stack=run.stack, host=run.host)
    jobs = [Job(plan, case, *hot()) for case in matching(plan.cases, named)]
    seconds, most = heap.expected_s(jobs)
    console.print(f"measuring memory line by line, {'up to' if most else 'about'} {duration(seconds)}")
    with console.status("measuring memory line by line") as status:
        for one in heap.measure(jobs):
            case = one.case if isinstance(one, MissingSample) else one.sample.case
            status.update(f"measuring memory line by line: {case}")
            heaps = _kept(recording, heaps, one)
            seen.append(heaps)


def _kept(recording: Recording[Run], heaps: Heaps, one: heap.Observed | MissingSample) -> Heaps:
    if isinstance(one, MissingSample):
        changed = heaps.model_copy(update={"absences": (*heaps.absences, without_paths(one))})
    else:
        write_files(recording.folder, one.files)
        changed = heaps.model_copy(update={"samples": (*heaps.samples, one.sample)})
    documents.HEAPS.save(changed, recording.folder.parent)
    return changed
