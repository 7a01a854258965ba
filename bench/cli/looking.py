"""The verbs that look: at stored runs, at what there is to measure, and at this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from bench import host, inventory, store, validity
from bench.choice import PROJECT
from bench.cli.options import Targets
from bench.cli.output import console
from bench.cli.places import RUNS
from bench.report import listing, terminal
from bench.report.publish import publish


def report(
    name: Annotated[str, typer.Argument(metavar="RUN", help="A run's id, its folder or file, or `latest`.")],
) -> None:
    """Render a stored run again."""
    path = store.find(RUNS, name)
    stored = store.load(path)
    terminal.print_run(console, stored, str(publish(stored, path if path.is_dir() else path.parent)))


def list_command(
    targets: Targets = PROJECT / "targets",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Targets, cases, scenarios and runs."""
    found = inventory.take(targets, PROJECT / "scenarios", RUNS)
    if as_json:
        typer.echo(found.model_dump_json(indent=1))
    else:
        listing.show_inventory(console, found)


def doctor() -> None:
    """Is this machine fit to measure?"""
    cores = host.cores()
    checks = validity.fitness(cores, host.noise("start", cores.measured, duration_s=2.0), host.load_average())
    listing.show_fitness(console, host.describe(), checks)
