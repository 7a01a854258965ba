"""The verbs that look: at stored runs, at what there is to measure, and at this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from bench import fitness, host, machine, store
from bench.choice import PROJECT, UsageError
from bench.cli.completing import stored_names
from bench.cli.options import AsJson, Targets
from bench.cli.output import Exit, console, print_json
from bench.cli.places import COMPARISONS, RESULTS, RUNS
from bench.cli.side_by_side import known_selftest
from bench.fitness import Fitness
from bench.report import exports, index, inventory, listing, terminal
from bench.report.change import judged
from bench.report.change_terminal import print_comparison, print_place
from bench.report.fitness_terminal import print_diagnosis
from bench.report.publish import publish, publish_comparison
from bench.samples import Run
from bench.summary import summarise

# Without a word meanwhile: what turns on a terminal takes time from the loop that looks for it.
LOOKS_S = 2.0


def report(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="The id of a run or a comparison, its folder or file, or `latest`.",
            autocompletion=stored_names,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Render a stored run or comparison again; without a name, an index of all of them."""
    if name is None and as_json:
        raise UsageError("--json needs a NAME, such as latest; `bench list --json` has all runs and comparisons")
    if name is None:
        with console.status("reading every run and comparison"):
            page = index.write(RESULTS, RUNS, COMPARISONS)
        console.print(f"All runs and comparisons: {page}", soft_wrap=True)
        return
    path = store.find(name, RUNS, COMPARISONS)
    folder = path if path.is_dir() else path.parent
    stored = store.read(path)
    if not isinstance(stored, Run):
        stored = judged(stored)
    if as_json:
        said = exports.figures(stored, summarise(stored)) if isinstance(stored, Run) else store.comparison_json(stored)
        print_json(said)
    elif isinstance(stored, Run):
        terminal.print_run(console, stored, str(publish(stored, folder)))
    else:
        print_comparison(console, stored)
        print_place(console, str(publish_comparison(stored, folder)))


def list_command(targets: Targets = PROJECT / "targets", as_json: AsJson = False) -> None:
    """List targets, cases, scenarios, runs and comparisons."""
    found = inventory.take(targets, PROJECT / "scenarios", RUNS, COMPARISONS)
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
