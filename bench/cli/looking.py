"""The verbs that look: at stored runs, at what there is to measure, and at this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from bench import host, series_store, store, validity
from bench.choice import PROJECT
from bench.cli.options import Targets
from bench.cli.output import console
from bench.cli.places import COMPARISONS, RESULTS, RUNS, SWEEPS
from bench.report import index, inventory, listing, terminal
from bench.report.change import judged
from bench.report.change_terminal import print_comparison, print_place
from bench.report.publish import publish, publish_comparison, publish_sweep
from bench.report.sweep import swept
from bench.report.sweep_terminal import print_sweep
from bench.samples import Run
from bench.series import Sweep


def report(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="The id of a run, comparison or sweep, its folder or file, or `latest`."),
    ] = None,
) -> None:
    """Render a stored run, comparison or sweep again; without a name, an index of all of them."""
    if name is None:
        with console.status("reading every run and comparison"):
            page = index.write(RESULTS, RUNS, COMPARISONS, SWEEPS)
        console.print(f"All runs, comparisons and sweeps: {page}", soft_wrap=True)
        return
    path = store.find(name, RUNS, COMPARISONS, SWEEPS)
    folder = path if path.is_dir() else path.parent
    if path == folder / store.SWEEP_FILE or (path.is_dir() and (path / store.SWEEP_FILE).exists()):
        sweep = series_store.load(Sweep, path)
        found = swept(sweep, series_store.comparisons(sweep, folder))
        print_sweep(console, found)
        print_place(console, str(publish_sweep(found, folder)))
        return
    stored = store.read(path)
    if isinstance(stored, Run):
        terminal.print_run(console, stored, str(publish(stored, folder)))
    else:
        stored = judged(stored)
        print_comparison(console, stored)
        print_place(console, str(publish_comparison(stored, folder)))


def list_command(
    targets: Targets = PROJECT / "targets",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Targets, cases, scenarios, runs, comparisons and sweeps."""
    found = inventory.take(targets, PROJECT / "scenarios", RUNS, COMPARISONS, SWEEPS)
    if as_json:
        typer.echo(found.model_dump_json(indent=1))
    else:
        listing.show_inventory(console, found)


def doctor() -> None:
    """Is this machine fit to measure?"""
    cores = host.cores()
    checks = validity.fitness(cores, host.noise("start", cores.measured, duration_s=2.0), host.load_average())
    listing.show_fitness(console, host.describe(), checks)
