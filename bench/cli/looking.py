"""The verbs that look: at whatever is stored, at what there is to measure, and at this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from bench import fitness, flames, heap_pairs, host, machine, series_store, store
from bench.choice import PROJECT, UsageError
from bench.cli.completing import stored_names
from bench.cli.inside import show_flames, show_heap_pairs, show_heaps
from bench.cli.options import AsJson, Targets
from bench.cli.output import Exit, console, errors, print_json, show_page
from bench.cli.places import COMPARISONS, FLAMES, HEAPS, RESULTS, RUNS, SWEEPS
from bench.cli.side_by_side import known_selftest, show_comparison
from bench.fitness import Fitness
from bench.report import exports, index, inventory, listing, sweep_exports, terminal
from bench.report.change import judged
from bench.report.difference_told import Told
from bench.report.fitness_terminal import print_diagnosis
from bench.report.publish import (
    FLAMES_PAGE,
    publish,
    publish_comparison,
    publish_flames,
    publish_sweep,
)
from bench.report.sweep import Swept, swept
from bench.report.sweep_terminal import print_sweep
from bench.series import Sweep
from bench.summary import summarise

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
) -> None:
    """Render whatever is stored again: a run, a comparison, a sweep, flame graphs; without a name, an index of all."""
    if name is None and as_json:
        raise UsageError("--json needs a NAME, such as latest; `bench list --json` has all that is stored")
    if name is None:
        with console.status("reading whatever is stored"):
            page = index.write(RESULTS, RUNS, COMPARISONS, SWEEPS, (FLAMES, HEAPS))
        console.print(f"All that is stored: {page}", soft_wrap=True)
        return
    path = store.find(name, RUNS, COMPARISONS, SWEEPS, FLAMES, HEAPS)
    kind = store.kind(path)
    if as_json:
        print_json(_TOLD[kind](path))
    else:
        _RENDERED[kind](path, path if path.is_dir() else path.parent)


def _run(path: Path, folder: Path) -> None:
    """With the heaps of its cases, where it has them."""
    run = store.load(path)
    page = publish(run, folder)
    terminal.print_run(console, run, str(page), store.load_profiles(run, folder))
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
    print_sweep(console, found)
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


def list_command(targets: Targets = PROJECT / "targets", as_json: AsJson = False) -> None:
    """List targets, cases, scenarios, and whatever is stored: runs, comparisons, sweeps, looks inside two stacks."""
    found = inventory.take(targets, PROJECT / "scenarios", RUNS, COMPARISONS, SWEEPS, (FLAMES, HEAPS))
    if as_json:
        print_json(found.model_dump_json(indent=1))
    else:
        listing.show_inventory(console, found)


def doctor(as_json: AsJson = False) -> None:
    """Say what on this machine disturbs a measurement, and what to do about it; exits with 3 when it is unfit."""
    found = fitness.diagnose(host.describe(), machine.look(RESULTS, LOOKS_S), known_selftest())
    if as_json:
        print_json(found.model_dump_json(indent=1))
    else:
        print_diagnosis(console, found)
    raise typer.Exit(Exit.NO_VALID_MEASUREMENT if found.fitness is Fitness.UNFIT else Exit.FINE)
