"""The command line: one verb, one function. Exit codes are a contract that scripts rely on."""

from __future__ import annotations

import io
import sys
import traceback
from typing import Any

import typer

from bench.cli import interruption
from bench.cli.output import Exit, as_called, console, errors
from bench.cli.verbs import VERBS, Verbs
from bench.model.errors import RefusedError
from bench.workspace import WorkspaceError

FIRST_STEPS = """\
bench measures what each layer of a FastAPI service costs. Start with:

  bench doctor              check if this machine is fit to measure, and what to fix
  bench run --quick         first report in 1 minute; without --quick: 6 minutes
  bench compare BASE HEAD   compare two versions, e.g. 'fastapi==0.129.2' 'fastapi==0.130.0'
  bench report latest       show the last result again

`bench --help` lists all commands, `bench list` everything that can be measured.
"""
# What Typer raises for words that it doesn't understand: it carries a Click of its own, and names only one of them.
MISUSED: Any = typer.BadParameter.__base__

app = typer.Typer(cls=Verbs, pretty_exceptions_enable=False, context_settings={"help_option_names": ["-h", "--help"]})
for _name, _verb in VERBS.items():
    app.command(_name, help=_verb.help)(_verb.stand_in)


@app.callback(invoke_without_command=True)
def first_steps(context: typer.Context) -> None:
    """Measure what each layer of a FastAPI service costs."""
    if context.invoked_subcommand is None:
        console.print(as_called(FIRST_STEPS), end="", soft_wrap=True)
        raise typer.Exit(Exit.USAGE)  # nothing was asked for, which no script may take for "fine"


def main() -> None:
    """The `bench` command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows no µ still gets its numbers
    try:
        with interruption.restored():
            status = app(standalone_mode=False)
    except MISUSED as error:
        errors.print(f"bench: {misused(error)}")
        sys.exit(Exit.USAGE)
    except (RefusedError, WorkspaceError) as error:
        errors.print(f"bench: {error}")
        sys.exit(Exit.USAGE)
    except Exception:  # noqa: BLE001  whatever it is, it says nothing of a regression
        traceback.print_exc()
        errors.print("bench: this is a bug in layercake; please report it with the output above")
        sys.exit(Exit.NO_VALID_MEASUREMENT)
    if interruption.came():
        console.show_cursor()  # a progress bar that was interrupted while it started or stopped has hidden it
        if status is not Exit.INTERRUPTED:  # no verb has said so; Typer has its own 130
            raise KeyboardInterrupt
    sys.exit(status or Exit.FINE)


def misused(error: Any) -> str:
    """What wasn't understood, what may have been meant, and where it is explained."""
    verb = error.ctx.command_path if error.ctx else "bench"
    return f"{error.format_message().rstrip('.')}; see `{verb} --help`"
