"""`bench memory`: how far a request raises its process's memory, which line holds it, and whether any stays behind."""

from __future__ import annotations

from typing import Annotated

import typer

from bench import catalog, heap, store
from bench.choice import PROJECT, Choice
from bench.cli.measuring import measure
from bench.cli.options import Cases, Full, Python, Quick, Stack, Targets, effort
from bench.cli.output import Exit, console, errors
from bench.engine.plan import Plan
from bench.heap import HEAPS_FILE, Heaps
from bench.model import Pass
from bench.recording import Recording
from bench.report import heap_terminal
from bench.report.publish import publish_heaps
from bench.samples import Absence, Run
from bench.store import StoreError


def memory(
    looked_at: Annotated[
        list[str] | None,
        typer.Argument(metavar="CASE", help="Cases whose lines are looked at too: what holds the peak, what stays."),
    ] = None,
    quick: Quick = False,
    full: Full = False,
    case: Cases = None,
    stack: Stack = "",
    python: Python = None,
    targets: Targets = PROJECT / "targets",
) -> None:
    """Peak memory that one request adds, a fresh process each; of named cases also which line holds it."""
    named = tuple(looked_at or ())
    globs = (*named, *(case or ()))
    chosen = Choice((Pass.MEMORY,), effort(quick, full), globs, tuple(stack.split()), python, targets)
    measure(chosen, (lambda recording, plan: _look(recording, plan, named)) if named else None)


def _look(recording: Recording[Run], plan: Plan, named: tuple[str, ...]) -> None:
    """The heaps of the named cases, beside the run that has their peaks."""
    run = recording.document
    heaps = Heaps(id=run.id, harness_version=run.harness_version, stack=run.stack, host=run.host)
    try:
        with console.status("looking at what holds memory, line by line") as status:
            for one in heap.measure(plan, catalog.matching(plan.cases, named)):
                case = one.case if isinstance(one, Absence) else one.sample.case
                status.update(f"looking at what holds memory, line by line: {case}")
                heaps = _kept(recording, heaps, one)
        page = publish_heaps(heaps, recording.folder)
    except KeyboardInterrupt:
        errors.print(f"interrupted; what was looked at is kept in {recording.folder}")
        raise typer.Exit(Exit.INTERRUPTED) from None
    except StoreError as error:
        errors.print(f"bench: {error}")
        raise typer.Exit(Exit.NO_VALID_MEASUREMENT) from None
    heap_terminal.print_heaps(console, heaps, recording.folder, str(page))


def _kept(recording: Recording[Run], heaps: Heaps, one: heap.Observed | Absence) -> Heaps:
    if isinstance(one, Absence):
        changed = heaps.model_copy(update={"absences": (*heaps.absences, one)})
    else:
        for name, folded in one.files.items():
            store.write_atomically(recording.folder / name, folded)
        changed = heaps.model_copy(update={"samples": (*heaps.samples, one.sample)})
    kept = changed.model_copy(update={"absences": tuple(map(store.without_paths, changed.absences))})
    store.write_atomically(recording.folder / HEAPS_FILE, kept.model_dump_json() + "\n")
    return kept
