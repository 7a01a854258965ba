"""The command line: one verb, one function. Exit codes are a contract that scripts rely on."""

from __future__ import annotations

import io
import signal
import socket
import sys
from contextlib import ExitStack
from enum import IntEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bench import choice, host, inventory, run, store, validity
from bench.choice import PROJECT, Choice
from bench.engine import contract, services
from bench.engine.contract import ContractError
from bench.engine.plan import Plan
from bench.model import EffortName, Pass
from bench.report import listing, terminal
from bench.report.benchmarks import print_benchmarks
from bench.report.progress import RunProgress
from bench.report.publish import publish
from bench.samples import Absence, Run
from bench.source import CatalogError
from bench.stack import StackError
from bench.store import StoreError

RUNS = PROJECT / "results" / "runs"

app = typer.Typer(
    help="What every layer of a FastAPI service costs, measured.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
# Names and reasons are data: "[red]" and ":one:" in them are no style and no emoji.
# What isn't a terminal, such as the log of a CI, has no width of its own.
console = Console(width=None if sys.stdout.isatty() else 100, highlight=False, markup=False, emoji=False)
errors = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)

Cases = Annotated[list[str] | None, typer.Option("--case", metavar="GLOB", help="Only these cases; may be repeated.")]
Stack = Annotated[str, typer.Option(metavar="REQS", help="Requirements of the stack, such as 'fastapi==0.115.6'.")]
Python = Annotated[str | None, typer.Option(metavar="X.Y", help="The stack's Python; the harness's own without it.")]
Targets = Annotated[Path, typer.Option(metavar="DIR", help="Folder of target files.")]
Quick = Annotated[bool, typer.Option("--quick", help="About a minute: fewer launches, wider intervals.")]
Full = Annotated[bool, typer.Option("--full", help="Most launches, narrowest intervals.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Where servers listen on loopback; 0 takes any free port.")]


class Exit(IntEnum):
    """What an exit status says."""

    FINE = 0
    USAGE = 2
    NO_VALID_MEASUREMENT = 3
    INTERRUPTED = 130


class UsageError(Exception):
    """A command that can't be carried out as it was given."""


@app.command("run")
def run_command(
    quick: Quick = False,
    full: Full = False,
    case: Cases = None,
    stack: Stack = "",
    python: Python = None,
    targets: Targets = PROJECT / "targets",
) -> None:
    """Measure everything on one stack, and write the report."""
    passes = tuple(one for one in Pass if one is not Pass.SUITE or not quick)
    _measure(Choice(passes, _effort(quick, full), _globs(case), tuple(stack.split()), python, targets))


@app.command()
def layers(
    quick: Quick = False,
    full: Full = False,
    case: Cases = None,
    stack: Stack = "",
    python: Python = None,
    targets: Targets = PROJECT / "targets",
) -> None:
    """What each layer adds to a request: CPU time and allocations, in process."""
    _measure(
        Choice(
            (Pass.TIMING, Pass.ALLOCATIONS), _effort(quick, full), _globs(case), tuple(stack.split()), python, targets
        )
    )


@app.command()
def load(
    scenario: Annotated[
        str | None, typer.Argument(help="A file of scenarios/, without .py; all of them without it.")
    ] = None,
    quick: Quick = False,
    full: Full = False,
    case: Cases = None,
    stack: Stack = "",
    python: Python = None,
    targets: Targets = PROJECT / "targets",
    port: Port = 0,
) -> None:
    """Throughput, latency and server CPU behind uvicorn, loaded by Locust."""
    _refuse_taken(port)
    _measure(
        Choice((Pass.LOAD,), _effort(quick, full), _globs(case), tuple(stack.split()), python, targets, scenario, port)
    )


@app.command()
def memory(
    quick: Quick = False,
    full: Full = False,
    case: Cases = None,
    stack: Stack = "",
    python: Python = None,
    targets: Targets = PROJECT / "targets",
) -> None:
    """Peak memory that one request adds, a fresh process each."""
    _measure(Choice((Pass.MEMORY,), _effort(quick, full), _globs(case), tuple(stack.split()), python, targets))


@app.command()
def flame(
    case: Annotated[
        list[str] | None, typer.Argument(metavar="CASE", help="Cases or globs; every target's headline without one.")
    ] = None,
    quick: Quick = False,
    full: Full = False,
    stack: Stack = "",
    python: Python = None,
    targets: Targets = PROJECT / "targets",
) -> None:
    """Flame graphs by layer."""
    _measure(Choice((Pass.PROFILE,), _effort(quick, full), _globs(case), tuple(stack.split()), python, targets))


@app.command()
def suite(
    quick: Quick = False,
    full: Full = False,
    case: Cases = None,
    stack: Stack = "",
    python: Python = None,
    targets: Targets = PROJECT / "targets",
) -> None:
    """The pytest-benchmark suite, in the stack's environment."""
    measured = _measure(
        Choice((Pass.SUITE,), _effort(quick, full), _globs(case), tuple(stack.split()), python, targets)
    )
    print_benchmarks(console, (measured.folder / store.SUITE_FILE).read_text("utf-8"))


@app.command()
def report(
    name: Annotated[str, typer.Argument(metavar="RUN", help="A run's id, its folder or file, or `latest`.")],
) -> None:
    """Render a stored run again."""
    path = store.find(RUNS, name)
    stored = store.load(path)
    terminal.print_run(console, stored, str(publish(stored, path if path.is_dir() else path.parent)))


@app.command("list")
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


@app.command()
def doctor() -> None:
    """Is this machine fit to measure?"""
    cores = host.cores()
    checks = validity.fitness(cores, host.noise("start", cores.measured, duration_s=2.0), host.load_average())
    listing.show_fitness(console, host.describe(), checks)


def _effort(quick: bool, full: bool) -> EffortName:
    if quick and full:
        raise UsageError("--quick and --full exclude each other; leave one out")
    return EffortName.QUICK if quick else EffortName.FULL if full else EffortName.DEFAULT


def _globs(case: list[str] | None) -> tuple[str, ...]:
    return tuple(case or ())


def _measure(chosen: Choice) -> run.Recording:
    """Measure, store, render, print; exits with 3 when nothing of it may be believed."""
    with ExitStack() as running:
        try:
            with console.status("preparing the stack's environment"):
                plan, skipped = choice.plan(chosen)
            with console.status("starting what runs beside the targets"):
                plan, unserved = running.enter_context(services.beside(plan, chosen.passes[0]))
            with console.status("checking every answer"):
                contract.verify(plan)
            loads = choice.scenarios(chosen, plan.cases)
        except KeyboardInterrupt:
            errors.print("interrupted; nothing was measured")
            raise typer.Exit(Exit.INTERRUPTED) from None
        return _record(plan, chosen, loads, (*skipped, *unserved))


def _record(plan: Plan, chosen: Choice, loads: choice.Loads, skipped: tuple[Absence, ...]) -> run.Recording:
    recording = run.begin(plan, chosen.effort, skipped, RUNS, PROJECT)
    try:
        with RunProgress(console) as progress:
            run.measure(recording, plan, chosen.passes, loads, progress)
        page = publish(recording.run, recording.folder)
    except KeyboardInterrupt:
        errors.print(f"interrupted; {_kept(recording)}")
        raise typer.Exit(Exit.INTERRUPTED) from None
    except StoreError as error:
        terminal.print_run(console, recording.run)
        errors.print(f"bench: {error}\n{_kept(recording)}")
        raise typer.Exit(Exit.NO_VALID_MEASUREMENT) from None
    terminal.print_run(console, recording.run, str(page))
    if not _any_valid(recording.run):
        errors.print("bench: no valid measurement; the reasons stand above")
        raise typer.Exit(Exit.NO_VALID_MEASUREMENT)
    return recording


def _kept(recording: run.Recording) -> str:
    samples = len(recording.run.samples)
    return f"{samples} samples are kept in {recording.folder}; `bench report {recording.run.id}` shows them"


def _any_valid(measured: Run) -> bool:
    """Whether one number at least may be believed. The suite leaves no samples, only an absence when it fails."""
    valid = any(all(check.passed for check in validity.checks(sample)) for sample in measured.samples)
    failed = any(absence.during is Pass.SUITE and absence.kind == "invalid" for absence in measured.absences)
    return valid or (Pass.SUITE in measured.elapsed_s and not failed)


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise UsageError(
                f"port {port} can't be had ({error.strerror}); leave --port out to get a free one"
            ) from error


def main() -> None:
    """The `bench` command. A termination is an interruption: what was measured is kept, no process is left."""
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows no µ still gets its numbers
    try:
        app()
    except (CatalogError, ContractError, StackError, StoreError, UsageError) as error:
        errors.print(f"bench: {error}")
        sys.exit(Exit.USAGE)
