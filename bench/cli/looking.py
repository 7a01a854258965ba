"""The verbs that look: at stored runs, at what there is to measure, and at this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from bench import flames, heap_pairs, host, series_store, store, validity
from bench.choice import PROJECT
from bench.cli.inside import show_flames, show_heap_pairs
from bench.cli.options import Targets
from bench.cli.output import console, errors
from bench.cli.places import COMPARISONS, FLAMES, HEAPS, RESULTS, RUNS, SWEEPS
from bench.report import index, inventory, listing, terminal
from bench.report.change import judged
from bench.report.change_terminal import print_comparison, print_place
from bench.report.difference_terminal import print_culprits
from bench.report.difference_told import Told
from bench.report.heap_terminal import print_heaps
from bench.report.publish import (
    FLAMES_PAGE,
    publish,
    publish_comparison,
    publish_flames,
    publish_heaps,
    publish_sweep,
)
from bench.report.sweep import swept
from bench.report.sweep_terminal import print_sweep
from bench.series import Sweep


def report(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="The id of what is stored, its folder or file, or `latest`."),
    ] = None,
) -> None:
    """Render whatever is stored again: a run, a comparison, a sweep, flame graphs; without a name, an index of all."""
    if name is None:
        with console.status("reading whatever is stored"):
            page = index.write(RESULTS, RUNS, COMPARISONS, SWEEPS, (FLAMES, HEAPS))
        console.print(f"All that is stored: {page}", soft_wrap=True)
        return
    path = store.find(name, RUNS, COMPARISONS, SWEEPS, FLAMES, HEAPS)
    folder = path if path.is_dir() else path.parent
    _RENDERED[store.kind(path)](path, folder)


def _run(path: Path, folder: Path) -> None:
    """With the heaps of its cases, where it has them."""
    run = store.load(path)
    page = publish(run, folder)
    terminal.print_run(console, run, str(page), store.load_profiles(run, folder))
    if (heaps := store.load_heaps(folder)) is not None:
        print_heaps(console, heaps, folder, str(publish_heaps(heaps, folder)))


def _comparison(path: Path, folder: Path) -> None:
    """With the profiles of what changed, where it has them."""
    comparison = judged(store.load_comparison(path))
    told = _profiled(folder / FLAMES_PAGE.parent)
    page = publish_comparison(comparison, folder)
    print_comparison(console, comparison)
    print_culprits(console, told)
    print_place(console, str(page))


def _profiled(folder: Path) -> Sequence[Told]:
    """What profiles say of a comparison's largest changes; those that can't be read cost nobody the comparison."""
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
    sweep = series_store.load(Sweep, path)
    found = swept(sweep, series_store.comparisons(sweep, folder))
    print_sweep(console, found)
    print_place(console, str(publish_sweep(found, folder)))


_RENDERED: Mapping[str, Callable[[Path, Path], None]] = {
    store.RUN_FILE: _run,
    store.COMPARISON_FILE: _comparison,
    store.SWEEP_FILE: _sweep,
    store.FLAMES_FILE: _flames,
    store.HEAP_PAIRS_FILE: _heap_pairs,
}


def list_command(
    targets: Targets = PROJECT / "targets",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Targets, cases, scenarios, runs, comparisons, sweeps, and what was seen inside two stacks."""
    found = inventory.take(targets, PROJECT / "scenarios", RUNS, COMPARISONS, SWEEPS, (FLAMES, HEAPS))
    if as_json:
        typer.echo(found.model_dump_json(indent=1))
    else:
        listing.show_inventory(console, found)


def doctor() -> None:
    """Is this machine fit to measure?"""
    cores = host.cores()
    checks = validity.fitness(cores, host.noise("start", cores.measured, duration_s=2.0), host.load_average())
    listing.show_fitness(console, host.describe(), checks)
