"""The verbs that look: at whatever is stored, at what there is to measure, and at this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from bench import fitness, flames, heap_pairs, host, machine, series_store, store
from bench.choice import UsageError
from bench.cli.completing import stored_names
from bench.cli.inside import show_flames, show_heap_pairs, show_heaps
from bench.cli.options import AsJson, ResultsFolder, Targets
from bench.cli.output import Exit, console, errors, print_json, show, show_page
from bench.cli.side_by_side import known_selftest, show_comparison
from bench.fitness import Fitness
from bench.report import exports, inventory, sweep_exports
from bench.report.change import judged
from bench.report.difference_told import Told
from bench.report.documents import doctor as doctor_document
from bench.report.documents import inventory as inventory_document
from bench.report.documents import sweep as sweep_document
from bench.report.publish import (
    FLAMES_PAGE,
    publish,
    publish_comparison,
    publish_flames,
    publish_index,
    publish_sweep,
)
from bench.report.sweep import Swept, swept
from bench.series import Sweep
from bench.summary import summarise
from bench.workspace import RESULTS, SCENARIOS, TARGETS, Results

# Without a word meanwhile: what turns on a terminal takes time from the loop that looks for it.
LOOKS_S = 2.0


def report(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="The id of what is stored, its folder or file, or `latest`.",
            autocompletion=stored_names,
        ),
    ] = None,
    as_json: AsJson = False,
    results: ResultsFolder = RESULTS,
) -> None:
    """Render whatever is stored again: a run, a comparison, a sweep, flame graphs; without a name, an index of all."""
    if name is None and as_json:
        raise UsageError("--json needs a NAME, such as latest; `bench list --json` has all that is stored")
    kept = Results(results)
    if name is None:
        kept = Results.kept_in(results).made()
        with console.status("reading whatever is stored"):
            page = publish_index(kept.folder, kept.runs, kept.comparisons, kept.sweeps, kept.looks)
        console.print(f"All that is stored: {page}", soft_wrap=True)
        return
    path = store.find(name, *kept.shown)
    kind = store.kind(path)
    if as_json:
        print_json(_TOLD[kind](path))
    else:
        _RENDERED[kind](path, path if path.is_dir() else path.parent)


def _run(path: Path, folder: Path) -> None:
    """With the heaps of its cases, where it has them."""
    run = store.load(path)
    document, page = publish(run, folder)
    show(document)
    show_page(str(page))
    if (heaps := store.load_heaps(folder)) is not None:
        show_heaps(heaps, folder)


def _run_told(path: Path) -> str:
    run = store.load(path)
    return exports.figures(run, summarise(run))


def _comparison(path: Path, folder: Path) -> None:
    """With the profiles of what changed, where it has them."""
    comparison = judged(store.load_comparison(path))
    told = _profiled(folder / FLAMES_PAGE.parent)
    page = publish_comparison(comparison, folder, told)
    show_comparison(comparison, told)
    show_page(str(page))


def _profiled(folder: Path) -> Sequence[Told]:
    """What profiles say of a comparison's largest changes; nothing, with a warning, if they can't be read."""
    if not (folder / store.FLAMES_FILE).exists():
        return ()
    try:
        return publish_flames(flames.load(folder), folder)[0]
    except store.StoreError as error:
        errors.print(f"bench: {error}")
        return ()


def _flames(path: Path, folder: Path) -> None:
    show_flames(flames.load(path), folder)


def _heap_pairs(path: Path, folder: Path) -> None:
    show_heap_pairs(heap_pairs.load(path), folder)


def _sweep(path: Path, folder: Path) -> None:
    found = _swept(path)
    show(sweep_document.document(found))
    show_page(str(publish_sweep(found, folder)))


def _swept(path: Path) -> Swept:
    sweep = series_store.load(Sweep, path)
    return swept(sweep, series_store.comparisons(sweep, path if path.is_dir() else path.parent))


_RENDERED: Mapping[str, Callable[[Path, Path], None]] = {
    store.RUN_FILE: _run,
    store.COMPARISON_FILE: _comparison,
    store.SWEEP_FILE: _sweep,
    store.FLAMES_FILE: _flames,
    store.HEAP_PAIRS_FILE: _heap_pairs,
}
_TOLD: Mapping[str, Callable[[Path], str]] = {
    store.RUN_FILE: _run_told,
    store.COMPARISON_FILE: lambda path: store.comparison_json(judged(store.load_comparison(path))),
    store.SWEEP_FILE: lambda path: sweep_exports.json_text(_swept(path)),
    store.FLAMES_FILE: lambda path: flames.load(path).model_dump_json(),
    store.HEAP_PAIRS_FILE: lambda path: heap_pairs.load(path).model_dump_json(),
}


def list_command(targets: Targets = TARGETS, as_json: AsJson = False, results: ResultsFolder = RESULTS) -> None:
    """List targets, cases, scenarios, and whatever is stored: runs, comparisons, sweeps, looks inside two stacks."""
    kept = Results(results)
    found = inventory.take(targets, SCENARIOS, kept.runs, kept.comparisons, kept.sweeps, kept.looks)
    if as_json:
        print_json(found.model_dump_json(indent=1))
    else:
        show(inventory_document.document(found))


def doctor(as_json: AsJson = False, results: ResultsFolder = RESULTS) -> None:
    """Say what on this machine disturbs a measurement, and what to do about it; exits with 3 when it is unfit."""
    found = fitness.diagnose(host.describe(), machine.look(results, LOOKS_S), known_selftest(Results(results)))
    if as_json:
        print_json(found.model_dump_json(indent=1))
    else:
        show(doctor_document.document(found))
    raise typer.Exit(Exit.NO_VALID_MEASUREMENT if found.fitness is Fitness.UNFIT else Exit.FINE)
