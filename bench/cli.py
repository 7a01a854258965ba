"""The command line: one verb, one function. Exit codes are a contract that scripts rely on."""

from __future__ import annotations

import io
import signal
import socket
import sys
from contextlib import ExitStack, suppress
from enum import IntEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bench import choice, host, inventory, run, store, validity, wishes
from bench.choice import PROJECT, Choice, Loading
from bench.engine import contract, services
from bench.engine.contract import ContractError
from bench.engine.plan import Plan
from bench.load.drive import MASTER_PORT, LoadError
from bench.load.jobs import Loads
from bench.load.serve import serving
from bench.load.work import work
from bench.model import EffortName, Pass
from bench.report import listing, terminal
from bench.report.benchmarks import print_benchmarks
from bench.report.progress import RunProgress
from bench.report.publish import publish
from bench.samples import Absence, Run
from bench.source import CatalogError
from bench.stack import StackError
from bench.store import StoreError
from bench.wishes import UsageError

RUNS = PROJECT / "results" / "runs"
MEETING = f"127.0.0.1:{MASTER_PORT}"

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
    users: Annotated[int | None, typer.Option(min=1, help="Connections: how many ask back to back, or can.")] = None,
    duration: Annotated[float | None, typer.Option(min=0.2, metavar="S", help="How long is measured.")] = None,
    rate: Annotated[
        float | None,
        typer.Option(min=0.1, metavar="N", help="Open model: N requests a second fall due, come what may."),
    ] = None,
    poisson: Annotated[bool, typer.Option("--poisson", help="With --rate: at random, not evenly.")] = False,
    find: Annotated[
        str | None, typer.Option(metavar="OBJECTIVE", help="Search the highest rate that keeps, say, 'p99<=20ms'.")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Client processes: of this machine, or with --master of others.")
    ] = 0,
    master: Annotated[bool, typer.Option("--master", help="Wait for `bench worker`s of other machines.")] = False,
    bind: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where --master waits for them.")] = MEETING,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="A server that runs already, such as a `bench serve`.")
    ] = None,
    meter: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="With --url: where its `bench serve` says what it has used.")
    ] = None,
) -> None:
    """Throughput, latency and server CPU behind uvicorn, loaded by Locust."""
    _refuse_taken("127.0.0.1", port, "--port")
    if master:
        _refuse_taken(*wishes.address(bind, MASTER_PORT), "--bind")
    loading = Loading(
        scenario=scenario,
        users=users,
        duration_s=duration,
        rate=rate,
        poisson=poisson,
        objective=wishes.objective(find),
        setting=wishes.setting(port, url, meter, wishes.crew(workers, bind if master else None)),
    )
    wishes.check(loading)
    _measure(Choice((Pass.LOAD,), _effort(quick, full), _globs(case), tuple(stack.split()), python, targets, loading))


@app.command()
def worker(
    master: Annotated[str, typer.Option(metavar="HOST[:PORT]", help="Where `bench load --master` waits.")],
) -> None:
    """Send requests for a `bench load --master`, one load after another, until interrupted."""
    host_, port = wishes.address(master, MASTER_PORT)
    console.print(f"working for {host_}:{port}; Ctrl-C ends it")
    with suppress(KeyboardInterrupt):
        work(host_, port)
    raise typer.Exit(Exit.INTERRUPTED)


@app.command()
def serve(
    target: Annotated[str, typer.Argument(help="A file of targets/, without .py.")],
    listen: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where it serves; port 0 takes any.")
    ] = "127.0.0.1:0",
    meter: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where it says what it has used.")] = "127.0.0.1:0",
    stack: Stack = "",
    python: Python = None,
    targets: Targets = PROJECT / "targets",
) -> None:
    """Serve one target for loads of other machines, until interrupted."""
    addresses = wishes.address(listen, 0), wishes.address(meter, 0)
    chosen = Choice((Pass.LOAD,), globs=(target,), requirements=tuple(stack.split()), python=python, targets=targets)
    with ExitStack() as running, suppress(KeyboardInterrupt):
        with console.status("preparing the stack's environment"):
            plan, skipped = choice.plan(chosen)
        plan, unserved = running.enter_context(services.beside(plan, Pass.LOAD))
        if absences := (*skipped, *unserved):
            raise UsageError(f"{target} can't be served: {absences[0].reason}")
        with serving(plan, target, *addresses) as served:
            console.print(f"serving {target} by {served.name}; Ctrl-C ends it")
            console.print(f"--url {served.url} --meter {served.meter}", soft_wrap=True)
            signal.pause()
    raise typer.Exit(Exit.INTERRUPTED)


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


def _record(plan: Plan, chosen: Choice, loads: Loads, skipped: tuple[Absence, ...]) -> run.Recording:
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


def _refuse_taken(address: str, port: int, option: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise UsageError(f"{option}: port {port} can't be had ({error.strerror}); name another one") from error


def main() -> None:
    """The `bench` command. A termination is an interruption: what was measured is kept, no process is left."""
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows no µ still gets its numbers
    try:
        app()
    except (CatalogError, ContractError, LoadError, StackError, StoreError, UsageError) as error:
        errors.print(f"bench: {error}")
        sys.exit(Exit.USAGE)
