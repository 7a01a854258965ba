"""The command line: one verb, one function. Exit codes are a contract that scripts rely on."""

from __future__ import annotations

import io
import signal
import sys
import traceback

import typer

from bench.choice import UsageError
from bench.cli import bisecting, comparing, flaming, loading, looking, measuring, remembering, selftesting, sweeping
from bench.cli.output import Exit, errors
from bench.engine.contract import ContractError
from bench.load.drive import LoadError
from bench.source import CatalogError
from bench.stack.uv import StackError
from bench.store import StoreError

app = typer.Typer(
    help="What every layer of a FastAPI service costs, measured.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(measuring.run_command)
app.command()(measuring.layers)
app.command()(loading.load)
app.command()(loading.worker)
app.command()(loading.serve)
app.command()(remembering.memory)
app.command()(flaming.flame)
app.command()(measuring.suite)
app.command("compare")(comparing.compare_command)
app.command("sweep")(sweeping.sweep_command)
app.command("bisect")(bisecting.bisect_command)
app.command("selftest")(selftesting.selftest_command)
app.command()(looking.report)
app.command("list")(looking.list_command)
app.command()(looking.doctor)


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
    except Exception:  # noqa: BLE001  whatever it is, it says nothing of a regression
        traceback.print_exc()
        errors.print("bench: this is a fault of layercake; please report it with what stands above")
        sys.exit(Exit.NO_VALID_MEASUREMENT)
